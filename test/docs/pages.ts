/**
 * Generates the pages of `docs/` in memory: `generate.mjs` writes them, a test compares them with the committed ones.
 */
import { api, operations, pathsOf } from '../../contracts/api/operations.ts'
import { type Behaviour, behaviours, profiles } from '../../contracts/behaviours/table.ts'
import { control } from '../../contracts/control/endpoints.ts'
import { transferService } from '../../contracts/edge/cloudflared.ts'
import { edge } from '../../contracts/edge/endpoints.ts'
import { apiErrors } from '../../contracts/errors.ts'
import type { Evidence } from '../../contracts/evidence.ts'
import { notBuilt, officialCount } from '../../contracts/not-built.ts'
import { openapi } from '../../contracts/openapi.ts'
import manifest from '../../package.json' with { type: 'json' }
import driven from '../witness/driven.json' with { type: 'json' }
import { beyondDocument, notInClient, onlyRefuses } from '../witness/known-differences.ts'
import { effectsPage } from './effects-page.ts'
