/** `POST /cdn-cgi/access/service/auth`: absent (edge-service-auth-absent), or as the ticket asks for (emulator-exchange). */
import { parseObject } from '../../contracts/declaration/json.ts'
import { edge, headerNames } from '../../contracts/edge/endpoints.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import { readPair } from '../access/credentials.ts'
import type { PairCheck } from '../access/subject.ts'
import type { Account, ApplicationRow, Evaluation, Issued } from '../account/account.ts'
import { replyOf } from '../http/conform.ts'
import { because, type Reply } from '../http/reply.ts'
import { perRow } from '../state/per-row.ts'
import type { EdgeContext, PathAnswer } from './context.ts'
import { cookieOf } from './pass.ts'
import { pathUnknown } from './unknown.ts'

type ExchangeAnswer = PathAnswer<typeof edge.serviceAuth>
type ExchangeFailure = Extract<ExchangeAnswer, Failure>

export async function serviceAuth(context: EdgeContext): Promise<ExchangeAnswer> {
  const { account, edgeRequest } = context
  if (account.behaviour('service_auth.endpoint') === 'absent') {
    return { reply: because(pathUnknown(context), 'service_auth_absent') }
  }
  context.noteExpected('POST /cdn-cgi/access/service/auth does not exist at Cloudflare')
  const evaluation = await evaluated(context)
  const pair = authenticated(context, evaluation)
  // A policy that admits without a service token is not the reason why none is issued.
  if (isFailure(pair)) return isBlock(evaluation) ? { ...pair, evaluation } : pair
  if (isFailure(evaluation)) return evaluation
  const { application, verdict, rulebook } = evaluation
  if (verdict.kind !== 'pass' || verdict.by !== 'service_token') {
    return { ...fail('not_authorized'), evaluation }
  }
  account.touchLastSeen(pair.token_id)
  const issued = await account.issueForServiceToken(application, {
    client_id: pair.client_id,
    hostname: context.place === 'team' ? hostOf(application, edgeRequest.host) : edgeRequest.host,
    session_duration: verdict.policy?.session_duration,
  })
  const givesCookie = context.place === 'application' && !rulebook.strict
  const reply = givesCookie
    ? replyWithCookie(issued, account, application)
    : replyWithoutCookie(issued)
  return { reply, evaluation, acted: issued.acted }
}

/** Validated and written once for each token. */
const replyWithoutCookie = perRow((issued: Issued): Reply => replyWith(issued, {}))

const replyWithCookie = perRow(
  (issued: Issued, account: Account, application: ApplicationRow): Reply =>
    replyWith(issued, { 'set-cookie': cookieOf(issued, account, application) }),
)

function replyWith({ token }: Issued, cookie: Readonly<Record<string, string>>): Reply {
  const own = { 'cache-control': 'no-store', [headerNames.evidence]: 'expected' }
  const headers = { ...own, ...cookie }
  return replyOf(edge.serviceAuth, { result: { token }, headers }, undefined)
}

/** Evaluates the policies of the requested application. */
async function evaluated(context: EdgeContext): Promise<Evaluation | ExchangeFailure> {
  const { account, edgeRequest } = context
  const aud = requestedAud(context)
  if (typeof aud === 'object') return aud
  const application = applicationOf(context, aud)
  return isFailure(application) ? application : account.evaluate(application, edgeRequest)
}

function isBlock(evaluation: Evaluation | ExchangeFailure): evaluation is Evaluation {
  return !isFailure(evaluation) && evaluation.verdict.kind !== 'pass'
}

type ValidPair = Extract<PairCheck, { status: 'valid' }>

function authenticated(
  { account, edgeRequest }: EdgeContext,
  evaluation: Evaluation | ExchangeFailure,
): ValidPair | ExchangeFailure {
  // Valid for the policies, it is for the exchange, unless it came in a header that only the application reads.
  if (!isFailure(evaluation)) {
    const { application, subject } = evaluation
    const isSameHeader = !application.read_service_tokens_from_header
    if (isSameHeader && subject.pair.status === 'valid') return subject.pair
  }
  const sent = readPair(edgeRequest.headers, { singleHeader: undefined, strict: false })
  if (sent.status !== 'sent') return fail('credentials_missing')
  const pair = account.checkPair(sent)
  return pair.status === 'valid' ? pair : fail('credentials_invalid')
}

/** From `?aud=`, or from the body as `{"aud": …}`, which takes precedence; undefined if neither names one. */
function requestedAud({ edgeRequest, body }: EdgeContext): string | undefined | ExchangeFailure {
  const inQuery =
    edgeRequest.query === '' ? null : new URLSearchParams(edgeRequest.query).get('aud')
  if (body.trim() === '') return inQuery ?? undefined
  const parsed = parseObject(body)
  if (parsed === undefined) return fail('body_invalid')
  const { aud } = parsed
  if (aud === undefined) return inQuery ?? undefined
  return typeof aud === 'string' ? aud : fail('body_invalid')
}

function applicationOf(
  { account, edgeRequest, place }: EdgeContext,
  aud: string | undefined,
): ApplicationRow | ExchangeFailure {
  const onHost = place === 'team' ? [] : account.applications.on(edgeRequest.host)
  if (aud === undefined) return theOneOf(onHost) ?? fail('aud_required')
  const named = account.applications.withAud(aud)
  if (named === undefined) return fail('aud_unknown')
  if (place === 'application' && !onHost.some(({ application }) => application.id === named.id)) {
    return fail('aud_mismatch')
  }
  return named
}

/** The application at the host's root, or the only one on the host. */
function theOneOf(onHost: ReturnType<Account['applications']['on']>): ApplicationRow | undefined {
  const atRoot = onHost.find(({ isRoot }) => isRoot)
  if (atRoot !== undefined) return atRoot.application
  const ids = new Set(onHost.map(({ application }) => application.id))
  return ids.size === 1 ? onHost[0]?.application : undefined
}

function hostOf(application: ApplicationRow, otherwise: string): string {
  return application.domain?.split('/')[0] ?? otherwise
}
