/** Endpoints that need no policy: certs, get-identity, logout and the protected-resource metadata. */
import type { edge } from '../../contracts/edge/endpoints.ts'
import { cookieNames, protectedResourcePath } from '../../contracts/edge/endpoints.ts'
import { sentTokens } from '../access/credentials.ts'
import { certificateFields, readReturn } from '../access/login.ts'
import { normalisePath } from '../access/paths.ts'
import type { Identity } from '../access/subject.ts'
import { tokenProblem } from '../access/tokens.ts'
import { publishedCertificate } from '../crypto/certificates.ts'
import { because, json } from '../http/reply.ts'
import type { SigningKey } from '../world/keys.ts'
import type { EdgeContext, PathAnswer } from './context.ts'
import { expiredCookie } from './cookies.ts'
import { visibleApplication } from './gate.ts'
import { loggedOutPage } from './pages.ts'
import { htmlReply, organizationUnknown, pathUnknown } from './unknown.ts'

type AnswerOf<E extends keyof typeof edge> = PathAnswer<(typeof edge)[E]>

const teamIsOld = because(organizationUnknown, 'token_of_old_team')

export async function certs(context: EdgeContext): Promise<AnswerOf<'certs'>> {
  const { account, world, edgeRequest, place } = context
  if (place === 'application' && !account.behaviour('certs.on_application_host')) {
    return { reply: pathUnknown(context) }
  }
  const { current, other } = await account.keys()
  const listed =
    account.behaviour('certs.order') === 'previous_first' ? [other, current] : [current, other]
  const facts = () => ({
    host: edgeRequest.host,
    path: edgeRequest.path,
    method: edgeRequest.method,
  })
  const acting = await account.faults.at('edge.certs', facts, world.now(), ['keys'])
  const omit = acting?.effect.omit
  const left = { current, previous: other }
  const shown = omit === undefined ? listed : listed.filter((key) => key !== left[omit])
  const withCert = async (key: SigningKey) => ({
    kid: key.kid,
    cert: await publishedCertificate(key),
  })
  const public_certs = await Promise.all(shown.map(withCert))
  return {
    result: {
      keys: shown.map((key) => key.publicJwk),
      public_cert: await withCert(shown.includes(current) ? current : (shown[0] ?? current)),
      public_certs,
    },
    acted: acting?.fault,
  }
}

export async function getIdentity(context: EdgeContext): Promise<AnswerOf<'getIdentity'>> {
  const { account, edgeRequest } = context
  if (await holdsTokenOfOldTeam(context)) return { reply: teamIsOld }
  const held = await heldToken(context)
  if (held === undefined) return { reply: json(400, { err: 'no app token set' }) }
  const common = { account_id: account.id, iat: held.iat, ip: edgeRequest.ip }
  const flags = { auth_status: 'NONE', is_warp: false, is_gateway: false, version: 2 }
  if (held.common_name !== undefined) {
    if (account.behaviour('get_identity.for_service_token') === 'error') {
      return { reply: json(400, { err: 'no app token set' }) }
    }
    return {
      result: {
        ...common,
        ...flags,
        common_name: '',
        service_token_id: held.common_name,
        service_token_status: true,
      },
    }
  }
  const identity = account.identityAtSignIn(held)
  const { name, groups, idp, mtls_auth } = identity
  return {
    result: {
      ...idOf(held.sub, identity),
      ...(name === undefined ? {} : { name }),
      email: held.email ?? '',
      ...(idp === undefined ? {} : { idp }),
      geo: { country: held.country ?? edgeRequest.country },
      user_uuid: held.sub,
      ...common,
      ...flags,
      common_name: '',
      service_token_id: '',
      service_token_status: false,
      ...(groups === undefined ? {} : { groups: [...groups] }),
      ...(mtls_auth === undefined ? {} : certificateFields(mtls_auth)),
    },
  }
}

/**
 * The identity provider's `sub` and `amr` claims, if it sent them. A One-time PIN proves an address and nothing more
 * (edge-get-identity-claims).
 */
function idOf(
  user_uuid: string,
  { idp, claims = {} }: Identity,
): { readonly id?: string; readonly amr?: string[] } {
  if (idp === undefined || idp.type === 'onetimepin') return {}
  const { sub, amr } = claims
  return {
    id: typeof sub === 'string' ? sub : user_uuid,
    amr: amr === undefined ? ['pwd'] : [amr].flat().map(String),
  }
}

/** The first token that is valid for its own application, whichever of the account; on the team domain, also the global session. */
async function heldToken({ account, world, edgeRequest, place }: EdgeContext) {
  for (const token of sentTokens(edgeRequest.headers, { assertionHeader: false })) {
    const claims = await account.verify(token)
    const aud = typeof claims?.aud === 'string' ? claims.aud : claims?.aud[0]
    const application = aud === undefined ? undefined : account.applications.withAud(aud)
    if (claims === undefined || application === undefined) continue
    const problem = tokenProblem(claims, {
      iss: account.issuer(),
      aud: application.aud,
      nowMs: world.now(),
      revokedAt: account.userRevokedAt(claims.sub) ?? application.revoked_at,
    })
    if (problem === undefined) return claims
  }
  if (place !== 'team') return undefined
  return (await account.globalSession(edgeRequest.headers))?.claims
}

/** Whether a token's `iss` names a former team, which an application host looks up (edge-organization-renamed). */
async function holdsTokenOfOldTeam({ account, edgeRequest, place }: EdgeContext) {
  if (place !== 'application') return false
  for (const token of sentTokens(edgeRequest.headers, { assertionHeader: false })) {
    const claims = await account.verify(token)
    if (claims !== undefined && claims.iss !== account.issuer()) return true
  }
  return false
}

export async function logout(context: EdgeContext): Promise<AnswerOf<'logout'>> {
  const { account, edgeRequest } = context
  if (await holdsTokenOfOldTeam(context)) return { reply: teamIsOld }
  const held = await heldToken(context)
  const changes = held === undefined ? [] : account.revokeUser(held.sub)
  const cookie = expiredCookie(cookieNames.authorization)
  const returnTo = new URLSearchParams(edgeRequest.query).get('returnTo')
  if (returnTo === null) {
    const page = htmlReply(200, loggedOutPage)
    return { reply: { ...page, headers: { ...page.headers, 'set-cookie': cookie } }, changes }
  }
  const location = knownReturn(context, returnTo)
  if (location === undefined) return { reply: htmlReply(400, loggedOutPage) }
  return {
    reply: { status: 302, headers: { location, 'set-cookie': cookie }, body: '' },
    changes,
  }
}

/** The URL to return to: https, on a host that Access knows (edge-logout), and rebuilt from its parts. */
function knownReturn({ account }: EdgeContext, returnTo: string): string | undefined {
  const read = readReturn(returnTo)
  if (read === undefined) return undefined
  const path = normalisePath(read.path.replace(/#.*$/s, ''))?.path
  if (path === undefined || account.applications.at(read.hostname, path) === undefined)
    return undefined
  return `https://${read.hostname}${read.path}`
}

export async function protectedResource(
  context: EdgeContext,
): Promise<AnswerOf<'protectedResource'>> {
  const { account, world, edgeRequest, place } = context
  const path = edgeRequest.path.slice(protectedResourcePath.length)
  const resource = { host: edgeRequest.host, path: path === '' ? '/' : path }
  const team = account.team()
  const { application, acted } =
    place === 'application' ? await visibleApplication(resource, account, world) : {}
  if (application === undefined || team === undefined) {
    return { reply: { status: 404, headers: {}, body: '' }, acted }
  }
  return {
    result: {
      resource: `https://${edgeRequest.host}${path === '/' ? '' : path}`,
      protected: true,
      team_domain: team,
      authorization_servers: [`https://${team}`],
      authentication_methods: [{ name: 'cloudflared' }],
    },
  }
}
