/** The App Launcher, at the root of the team domain. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'

const html = once(() => z.string())

export const appLauncher = {
  launcher: endpoint({
    id: 'edge.launcher',
    summary:
      'The App Launcher: what the signed-in person may open (query: tag), or the page that asks them to log in',
    method: 'GET',
    scope: 'host',
    path: '/',
    result: html,
    status: 200,
    evidence: 'documented',
    source: [
      'sign-in-launcher',
      'sign-in-launcher-tiles',
      'sign-in-launcher-bookmarks',
      'sign-in-launcher-links',
      'sign-in-launcher-page',
    ],
    wrap: 'page',
  }),
} as const satisfies EndpointGroup
