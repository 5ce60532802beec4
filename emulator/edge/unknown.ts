/** Answers for paths that Access does not serve (edge-path-unknown, edge-path-unknown-team). */
import { because, type Reply } from '../http/reply.ts'
import type { EdgeContext } from './context.ts'
import { applicationUnknownPage, organizationUnknownPage } from './pages.ts'

export function htmlReply(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body }
}

const emptyNotFound: Reply = { status: 404, headers: {}, body: '' }

/** 404: an empty body on the application host (recorded), a page on the team domain (assumed). */
export function pathUnknown({ account, place }: Pick<EdgeContext, 'account' | 'place'>): Reply {
  const isPage =
    place === 'team' && account.behaviour('path.unknown_body_team') === 'application_page'
  return because(isPage ? htmlReply(404, applicationUnknownPage) : emptyNotFound, 'path_unknown')
}

export function applicationUnknown({ account }: Pick<EdgeContext, 'account'>): Reply {
  const status = account.behaviour('path.unknown_application_status')
  return because(htmlReply(status, applicationUnknownPage), 'application_unknown')
}

export const organizationUnknown = because(
  htmlReply(404, organizationUnknownPage),
  'organization_unknown',
)
