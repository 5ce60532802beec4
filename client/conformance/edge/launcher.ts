/** Cases of the App Launcher: what of it shows without a browser. */
import { edge } from '../../../contracts/edge/endpoints.ts'
import type { Case } from '../case.ts'
import { reading } from '../define.ts'
import { ask, expects } from '../edge-answer.ts'
import { onTeam } from './page.ts'

export const launcherCases: readonly Case[] = [
  reading(edge.launcher, 'a page', {
    title: 'the root of the team domain is a page, or leads to the login',
    evidence: 'recorded',
    source: ['edge-organization-unknown'],
    async run(target) {
      const answer = await ask(target, onTeam(target, edge.launcher.path))
      if (answer.kind === 'login') return
      expects(answer, { status: 200, page: /^/ })
    },
  }),
]
