/** Cases of the App Launcher: what of it shows without a browser. */
import { edge } from '../../../contracts/edge/endpoints.ts'
import type { Case } from '../case.ts'
import { casesOf } from '../define.ts'
import { fits, same } from '../difference.ts'
import { ask } from '../edge-answer.ts'
import { onTeam } from './page.ts'

export const launcherCases: readonly Case[] = casesOf(edge.launcher, {
  'a page': {
    title: 'the root of the team domain is a page, or leads to the login',
    evidence: 'recorded',
    source: ['edge-organization-unknown'],
    async run(target) {
      const answer = await ask(target, onTeam(target, edge.launcher.path))
      if (answer.kind === 'login') return
      same(answer.status, 200, 'status')
      fits(answer.headers.get('content-type') ?? '', /^text\/html/, 'content-type')
    },
  },
})
