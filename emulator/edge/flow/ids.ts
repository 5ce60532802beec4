/** Ids of flows, and of what comes before them: each from values that the requests have in common, never a secret. */
import { readTransferKey } from '../../../contracts/edge/cloudflared.ts'
import { edge } from '../../../contracts/edge/endpoints.ts'
import { oauthPaths } from '../../../contracts/edge/oauth.ts'
import { ssoPrefix } from '../../../contracts/edge/oidc.ts'
import type { Account, ApplicationRow, Flow } from '../../account/account.ts'
import { digest } from '../../world/ids.ts'

/** Derived from what the requests of a flow have in common; the same in every run. */
export function flowId(...parts: readonly string[]): string {
  return digest(JSON.stringify(parts)).slice(0, 16)
}

/** Discovery on the host of an application. */
export function ofApplication({ id }: Pick<ApplicationRow, 'id'>): string {
  return flowId('application', id)
}

/** Discovery on the team domain, which names neither client nor application. */
export function ofTeam({ id }: Account): string {
  return flowId('team', id)
}

/** Registration; for a SaaS application also discovery, whose path names the client. */
export function ofClient(clientId: string): string {
  return flowId('client', clientId)
}

const oidcPath = new RegExp(`^${ssoPrefix}oidc/([\\w-]+)/`)

/** The client that the path of a SaaS endpoint names. */
export function clientInPath(path: string): string | undefined {
  return oidcPath.exec(path)?.[1]
}

/** The transfer of tokens to a program by its public key, as the poll for them names it. */
export function ofTransfer(key: string): string {
  return flowId('transfer', key)
}

/** The flow of an approval page, whose query has the key and the application. */
export function ofApproval(
  { applications }: Account,
  parameters: URLSearchParams,
): Omit<Flow, 'step'> | undefined {
  const key = parameters.get('token') ?? ''
  if (readTransferKey(key) === undefined) return undefined
  const application = applications.withAud(parameters.get('aud') ?? '')
  const after = application === undefined ? [] : [ofApplication(application)]
  return { id: ofTransfer(key), after }
}

/** The flow of an authorization request, which a client makes its own by `state`, `code_challenge` or `nonce`. */
export function ofAuthorization(account: Account, parameters: URLSearchParams): Omit<Flow, 'step'> {
  const given = ['client_id', 'state', 'code_challenge', 'nonce'].map(
    (name) => parameters.get(name) ?? '',
  )
  const application = applicationOf(account, parameters.get('resource'))
  return {
    id: flowId('authorization', ...given),
    after: [
      ofTeam(account),
      ofClient(given[0] ?? ''),
      ...(application === undefined ? [] : [ofApplication(application)]),
    ],
  }
}

function applicationOf(account: Account, resource: string | null): ApplicationRow | undefined {
  if (resource === null || !URL.canParse(resource)) return undefined
  const { hostname, pathname } = new URL(resource)
  return account.applications.at(hostname, pathname)
}

/** The flow that a login returns to; undefined for the login of a browser that no program has asked for. */
export function ofReturn(
  account: Account,
  path: string | null | undefined,
): Omit<Flow, 'step'> | undefined {
  const [endpoint = '', query = ''] = (path ?? '').split(/\?(.*)/s)
  if (endpoint === edge.cli.path) return ofApproval(account, new URLSearchParams(query))
  const isAuthorization =
    endpoint === oauthPaths.authorization ||
    (endpoint.endsWith('/authorization') && oidcPath.test(endpoint))
  return isAuthorization ? ofAuthorization(account, new URLSearchParams(query)) : undefined
}
