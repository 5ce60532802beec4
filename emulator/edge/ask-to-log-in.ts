/** The answer to a request that needs a login first. */
import { managedOauthOf } from '../access/oauth.ts'
import type { Account, ApplicationRow, Evaluation } from '../account/account.ts'
import type { Reply } from '../http/reply.ts'
import type { World } from '../world/world.ts'
import {
  type Addressed,
  isBrowser,
  loginRedirect,
  unauthorizedForOauth,
  unauthorizedForXhr,
} from './answers.ts'
import { appSessionDigest, appSessionFor } from './app-session.ts'
import { appSessionCookie } from './cookies.ts'
import type { EdgeRequest } from './request.ts'

export function addressed(edgeRequest: EdgeRequest, { aud, domain }: ApplicationRow): Addressed {
  const { host, path, query, headers, ip, ray, mtlsStatus } = edgeRequest
  return { aud, domain: domain ?? host, host, path, query, headers, ip, ray, mtlsStatus }
}

/** The redirect to the login page, or the 401 that programs get instead. */
export async function askToLogIn(
  asked: Addressed,
  edgeRequest: EdgeRequest,
  account: Account,
  world: World,
  { subject, application }: Evaluation,
): Promise<Reply> {
  const isOauth = managedOauthOf(application) !== undefined && !isBrowser(edgeRequest)
  if (isOauth && account.behaviour('answer_401.for_managed_oauth'))
    return unauthorizedForOauth(asked)
  const isXhr = asked.headers('x-requested-with')[0]?.toLowerCase() === 'xmlhttprequest'
  if (isXhr && account.behaviour('answer_401.for_xhr')) return unauthorizedForXhr(asked)
  const appSession = appSessionFor(edgeRequest.headers, world, asked.ray)
  const meta = await account.signMeta({
    aud: asked.aud,
    hostname: asked.host,
    redirect_url: asked.path + asked.query,
    service_token_status: subject.pair.status === 'valid',
    country: subject.country ?? 'XX',
    mtls: edgeRequest.mtls,
    ...(account.behaviour('login.bind_app_session')
      ? { app_session: appSessionDigest(appSession) }
      : {}),
  })
  return loginRedirect(asked, {
    team: account.team() ?? '',
    meta,
    appSession: appSessionCookie(appSession, {
      nowMs: world.now(),
      sameSite: account.behaviour('cookie.app_session_same_site'),
    }),
    ask: account.behaviour,
  })
}
