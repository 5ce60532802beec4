/** Where the team domain serves its pages, and the words of those for what does not exist. */
import type { CaseTarget } from '../case.ts'

export function onTeam({ team }: Pick<CaseTarget, 'team'>, path: string): string {
  return `https://${team}${path}`
}

export const applicationUnknown = /Unable to find your Access application!/
export const organizationUnknown = /Unable to find your Access organization!/
