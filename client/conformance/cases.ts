/** Every contract case, in one list. */
import { applicationCases } from './api/applications.ts'
import { lifeCycleCases } from './api/life-cycle.ts'
import { organizationCases } from './api/organization.ts'
import { otherCases } from './api/others.ts'
import { placeCases } from './api/places.ts'
import { policyCases } from './api/policies.ts'
import { refusalCases } from './api/refusals.ts'
import { serviceTokenCases } from './api/service-tokens.ts'
import type { Case } from './case.ts'
import { exchangeCases } from './edge/exchange.ts'
import { tableCases } from './edge/table-cases.ts'

export const cases: readonly Case[] = [
  ...lifeCycleCases,
  ...applicationCases,
  ...placeCases,
  ...policyCases,
  ...serviceTokenCases,
  ...organizationCases,
  ...otherCases,
  ...refusalCases,
  ...exchangeCases,
  ...tableCases,
]
