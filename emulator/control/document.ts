/** The OpenAPI document of everything that the emulator serves. */

import { openapi } from '../../contracts/api/openapi.ts'
import { api } from '../../contracts/api/operations.ts'
import { control } from '../../contracts/control/endpoints.ts'
import { transferService } from '../../contracts/edge/cloudflared.ts'
import { edge } from '../../contracts/edge/endpoints.ts'
import { version } from '../world/version.ts'

export function document() {
  const served = { ...api, edge, transfer: transferService, control }
  return { result: { ...openapi(served, { title: 'Cloudflare Access emulator', version }) } }
}
