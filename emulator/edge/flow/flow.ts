/** Which flow a request to one of Access's own paths is part of, and which step of it. */
import { once } from '../../../contracts/declaration/endpoint.ts'
import { parseObject } from '../../../contracts/declaration/json.ts'
import { edge } from '../../../contracts/edge/endpoints.ts'
import { bearerToken } from '../../access/credentials.ts'
import type { Flow, JournaledFlow } from '../../account/account.ts'
import type { Reply } from '../../http/reply.ts'
import { createRoutes, type RequestLine } from '../../http/routes.ts'
import { challengeOf } from '../../world/secrets.ts'
import type { EdgeContext } from '../context.ts'
import { sentClient } from '../oauth/clients.ts'
import {
  clientInPath,
  flowId,
  ofApplication,
  ofApproval,
  ofAuthorization,
  ofClient,
  ofReturn,
  ofTeam,
} from './ids.ts'
import { answeredBy, sentIn, shown } from './values.ts'

/** One request: what it sent, and what it was answered. */
interface FlowExchange {
  readonly context: EdgeContext
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  readonly answered: ReadonlyMap<string, string>
}

type Reader = (exchanged: FlowExchange) => Flow | undefined

const readers: Readonly<Record<string, Reader>> = {
  [edge.oauthProtectedResource.id]: resourceDiscovery,
  [edge.oauthAuthorizationServer.id]: ({ context }) => ({
    id: ofTeam(context.account),
    step: 'discovery',
  }),
  [edge.oauthRegistration.id]: registration,
  [edge.oauthAuthorization.id]: authorization,
  [edge.login.id]: ({ context, query }) => login(context, query.get('redirect_url')),
  [edge.requestPin.id]: ({ context, form }) => login(context, form.get('redirect_url')),
  [edge.pinPage.id]: ({ context, query }) => login(context, pathOf(context, query.get('nonce'))),
  [edge.callback.id]: ({ context, form }) => login(context, pathOf(context, form.get('nonce'))),
  [edge.authorized.id]: ({ context, query }) => led(context, query.get('nonce'), 'login'),
  [edge.cli.id]: ({ context, query }) => approval(context, query, 'authorization'),
  [edge.approveCli.id]: ({ context, query }) => approval(context, query, 'approval'),
  [edge.certSign.id]: certificate,
  [edge.oauthToken.id]: token,
  [edge.oidcConfiguration.id]: saasDiscovery,
  [edge.oidcKeys.id]: saasDiscovery,
  [edge.oidcAuthorization.id]: authorization,
  [edge.oidcAuthorizationForm.id]: (sent) => authorization({ ...sent, query: sent.form }),
  [edge.oidcToken.id]: token,
  [edge.oidcUserinfo.id]: ({ context }) =>
    led(context, bearerToken(context.edgeRequest.headers), 'userinfo'),
  [edge.oauthRevocation.id]: ({ context, form }) =>
    led(context, form.get('token'), 'revocation') ?? byClient(context, form, 'revocation'),
}

/** What an answer hands out that the next request of the flow sends back. */
const handedOut = ['code', 'access_token', 'refresh_token'] as const

/** Undefined for a request that is part of no flow. */
export function flowOf(
  context: EdgeContext,
  operation: string,
  reply: Reply,
): JournaledFlow | undefined {
  const read = readers[operation]
  return read === undefined ? undefined : journaledFlow(context, reply, read)
}

/** For a request that no operation answered: a fault at `edge.path`, a preflight, or a method that the endpoint lacks. */
export function flowAtPath(context: EdgeContext, reply: Reply): JournaledFlow | undefined {
  const { method } = context.edgeRequest
  const own = flowRoutes().own.find(context.edgeRequest)?.handler
  const read = own ?? flowRoutes().ofAnyMethod.find(context.edgeRequest)?.handler
  if (read === undefined) return undefined
  return journaledFlow(context, reply, (exchanged) => {
    if (own !== undefined) return own(exchanged)
    // What names the flow may be in the query or the body, whichever the method has.
    const all = new URLSearchParams([...exchanged.query, ...exchanged.form])
    const flow = read({ ...exchanged, query: all, form: all })
    if (method !== 'OPTIONS') return flow
    const isKnown = flow !== undefined && flow.step !== 'registration'
    return { ...(isKnown ? flow : { id: ofPath(context) }), step: 'preflight' }
  })
}

const flowRoutes = once(() => {
  const own = createRoutes<RequestLine, Reader>({ isExact: true })
  const ofAnyMethod = createRoutes<RequestLine, Reader>({ isExact: true })
  for (const { id, method, path } of Object.values(edge)) {
    const handler = readers[id]
    if (handler === undefined) continue
    for (const each of path.startsWith('/.well-known/') ? [path, `${path}/*`] : [path]) {
      own.add({ method, path: each, handler })
      ofAnyMethod.add({ method: 'ANY', path: each, handler })
    }
  }
  return { own, ofAnyMethod }
})

/** What a preflight names, which has no parameters: the client or the application in its URL, else the team. */
function ofPath({ account, edgeRequest: { host, path }, place }: EdgeContext): string {
  const client = clientInPath(path)
  if (client !== undefined) return ofClient(client)
  const application = place === 'application' ? account.applications.at(host, '/') : undefined
  return application === undefined ? ofTeam(account) : ofApplication(application)
}

function journaledFlow(context: EdgeContext, reply: Reply, at: Reader): JournaledFlow | undefined {
  const { account, edgeRequest, body } = context
  const query = new URLSearchParams(edgeRequest.query)
  const form = new URLSearchParams(body)
  const answered = answeredBy(reply)
  const flow = at({ context, query, form, answered })
  if (flow === undefined) return undefined
  for (const name of [...handedOut, 'nonce']) {
    const value = answered.get(name)
    if (value !== undefined) account.flows.lead(value, flow.id)
  }
  const isCode = flow.step === 'authorization' && handedOut.some((name) => answered.has(name))
  return {
    ...flow,
    step: isCode ? 'code' : flow.step,
    nth: account.flows.next(flow.id),
    sent: shown(sentIn(context, query, form)),
    answered: shown(answered),
  }
}

function resourceDiscovery({ context }: FlowExchange): Flow | undefined {
  const { account, edgeRequest } = context
  const [, path = ''] = edgeRequest.path.split(edge.oauthProtectedResource.path)
  const application = account.applications.at(edgeRequest.host, path || '/')
  return application === undefined
    ? undefined
    : { id: ofApplication(application), step: 'discovery' }
}

function saasDiscovery({ context }: FlowExchange): Flow | undefined {
  const client = clientInPath(context.edgeRequest.path)
  return client === undefined ? undefined : { id: ofClient(client), step: 'discovery' }
}

/** One that is refused names no client: it is a flow of its own. */
function registration({ context, answered }: FlowExchange): Flow {
  const client = answered.get('client_id')
  const id = client === undefined ? flowId('registration', context.ray) : ofClient(client)
  return { id, step: 'registration', after: [ofTeam(context.account)] }
}

function authorization({ context, query }: FlowExchange): Flow {
  const flow = ofAuthorization(context.account, query)
  // With it, a token request that sends no good code is known by its verifier.
  const challenge = query.get('code_challenge')
  if (challenge !== null) context.account.flows.lead(challenge, flow.id)
  return { ...flow, step: 'authorization' }
}

function login({ account }: EdgeContext, path: string | null | undefined): Flow | undefined {
  const flow = ofReturn(account, path)
  return flow === undefined ? undefined : { ...flow, step: 'login' }
}

function approval(
  { account }: EdgeContext,
  query: URLSearchParams,
  step: Flow['step'],
): Flow | undefined {
  const flow = ofApproval(account, query)
  return flow === undefined ? undefined : { ...flow, step }
}

/** Where the login that a nonce stands for returns to. */
function pathOf({ account }: EdgeContext, nonce: string | null): string | undefined {
  return account.logins.get(nonce ?? '')?.path
}

function token({ context, form }: FlowExchange): Flow | undefined {
  const isRefresh = form.get('grant_type') === 'refresh_token'
  const step = isRefresh ? 'refresh' : 'token'
  const verifier = form.get('code_verifier')
  const challenge = verifier === null ? null : challengeOf(verifier)
  return (
    led(context, form.get(isRefresh ? 'refresh_token' : 'code'), step) ??
    led(context, challenge, step) ??
    byClient(context, form, step)
  )
}

/** A certificate for SSH, which cloudflared asks for with the token of its transfer. */
function certificate({ context }: FlowExchange): Flow | undefined {
  const jwt = parseObject(context.body)?.jwt
  return typeof jwt === 'string' ? led(context, jwt, 'token') : undefined
}

function led(
  { account }: EdgeContext,
  value: string | null | undefined,
  step: Flow['step'],
): Flow | undefined {
  const id = account.flows.ledBy(value ?? undefined)
  return id === undefined ? undefined : { id, step }
}

/** Where nothing leads back to a flow: with the client's registration. */
function byClient(
  context: EdgeContext,
  form: URLSearchParams,
  step: Flow['step'],
): Flow | undefined {
  const client = sentClient(context, form)
  return 'failure' in client ? undefined : { id: ofClient(client.id), step }
}
