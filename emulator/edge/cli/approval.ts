/** `/cdn-cgi/access/cli`: a signed-in person approves that a program gets their tokens (sign-in-cli). */
import type { ApplicationTokenClaims } from '../../../contracts/edge/claims.ts'
import { readTransferKey } from '../../../contracts/edge/cloudflared.ts'
import type { edge } from '../../../contracts/edge/endpoints.ts'
import type { Denied } from '../../access/verdict.ts'
import type { ApplicationRow, Evaluation, UserRow } from '../../account/account.ts'
import { because, type Reply } from '../../http/reply.ts'
import { hex } from '../../world/ids.ts'
import { sameSecret } from '../../world/secrets.ts'
import { addressed, askToLogIn } from '../ask-to-log-in.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { type OwnPage, pageOf } from '../custom-page.ts'
import { deny } from '../denial.ts'
import { explanationLink } from '../explanation-link.ts'
import { ofTransfer } from '../flow/ids.ts'
import { keepsFragment } from '../login/card.ts'
import {
  applicationFor,
  contentPolicy,
  controlOf,
  flowPage,
  isForeignForm,
  loginError,
} from '../login/flow.ts'
import { messagePage } from '../login/pages.ts'
import { applicationUnknown, pathUnknown } from '../unknown.ts'
import { whyDenied } from '../why-denied.ts'
import { approvalForm, approvalPage, closesWindow, deniedPage, successPage } from './pages.ts'
import { seal } from './seal.ts'

/** How long a box waits for its program: as long as cloudflared polls (sign-in-transfer-pending). */
const keptMs = 10 * 60_000

type CliAnswer = PathAnswer<typeof edge.cli>
type ApprovalRefused = Extract<CliAnswer, { readonly reply: Reply }>

/** A person who may approve, and what they would approve. */
interface Approver {
  readonly evaluation: Evaluation
  readonly application: ApplicationRow
  readonly user: UserRow
  readonly claims: ApplicationTokenClaims
  /** Their application token. */
  readonly token: string
  /** The program's public key, as sent. */
  readonly key: string
  readonly publicKey: Uint8Array
  readonly parameters: URLSearchParams
}

const keyInvalid = because(
  flowPage(
    400,
    messagePage(
      'This link is not complete',
      'Its parameter "token" is not a public key. Start the login again from the program that gave you the link.',
    ),
  ),
  'cli_key_invalid',
)

const noToken = because(
  flowPage(
    400,
    messagePage(
      'There is no token to hand over',
      'This application lets you in without a login, so there is no token that a program could use.',
    ),
  ),
  'cli_without_token',
)

export async function cli(context: EdgeContext): Promise<CliAnswer> {
  const approver = await approverOf(context)
  if ('reply' in approver) return approver
  const { application, evaluation, key } = approver
  if (application.skip_interstitial) return handOver(context, approver)
  const { html, headers } = await approval(context, approver)
  const reply = because(flowPage(200, html, headers), 'cli_approval_asked')
  return { reply, evaluation, changes: context.account.transfers.begin(key) }
}

/** The account's own page where the application has selected one (edge-custom-page-controls), else ours. */
async function approval(context: EdgeContext, approver: Approver): Promise<OwnPage> {
  const { account, edgeRequest, nowMs } = context
  const action = edgeRequest.path + edgeRequest.query
  const nonce = nonceOf(context, approver)
  const selected = account.customPage(approver.application, 'interstitial')
  const control = () => controlOf([approvalForm(action, nonce)], true)
  const own = selected && (await pageOf(selected, nowMs, control()))
  return own ?? { html: approvalPage(asked(context, approver), action, nonce), headers: {} }
}

export async function approveCli(context: EdgeContext): Promise<CliAnswer> {
  const approver = await approverOf(context)
  if ('reply' in approver) return approver
  const { evaluation } = approver
  if (isForeignForm(context.edgeRequest))
    return { reply: loginError(context, 'login_login_invalid'), evaluation }
  const given = new URLSearchParams(context.body).get('nonce') ?? ''
  if (!sameSecret(given, nonceOf(context, approver))) {
    return { reply: loginError(context, 'login_nonce_invalid'), evaluation }
  }
  return handOver(context, approver)
}

/** Only a person whom the policies admit with an application token may hand it over. */
async function approverOf(context: EdgeContext): Promise<Approver | ApprovalRefused> {
  const { account, world, edgeRequest, place } = context
  if (place !== 'application') return { reply: pathUnknown(context) }
  const parameters = new URLSearchParams(edgeRequest.query)
  const application = applicationFor(context, edgeRequest.host, parameters.get('aud'))
  if (application === undefined) return { reply: applicationUnknown(context) }
  const key = parameters.get('token') ?? ''
  const publicKey = readTransferKey(key)
  if (publicKey === undefined) return { reply: keyInvalid }
  const evaluation = await account.evaluate(application, edgeRequest)
  const { verdict, subject, token } = evaluation
  const here = addressed(edgeRequest, application)
  const login = async () => ({
    reply: await askToLogIn(here, edgeRequest, account, world, evaluation),
    evaluation,
  })
  if (verdict.kind === 'login') return login()
  if (verdict.kind === 'deny') {
    const reply = await deny(here, account, evaluation, verdict, context.nowMs)
    return { reply: withReason(reply, context, application, verdict), evaluation }
  }
  const { claims, holder } = subject.applicationToken ?? {}
  if (claims === undefined || token === undefined || holder?.kind !== 'person') {
    return { reply: noToken, evaluation }
  }
  const user = account.user(claims.sub)
  return user === undefined
    ? login()
    : { evaluation, application, user, claims, token, key, publicKey, parameters }
}

/** The block page says why, here where a person may wonder what became of their program (sign-in-cli-denied). */
function withReason(
  reply: Reply,
  { account, edgeRequest }: EdgeContext,
  { name = '' }: ApplicationRow,
  verdict: Denied,
): Reply {
  const { host: hostname, ray } = edgeRequest
  const link = explanationLink(edgeRequest, account.behaviour)
  if (!String(reply.headers['content-type']).startsWith('text/html')) return reply
  return flowPage(reply.status, deniedPage({ name, hostname }, whyDenied(verdict), ray, link))
}

/** Bound to the session, host, application and key: no other page can know it, and it approves nothing else. */
function nonceOf(
  { account, world, edgeRequest }: EdgeContext,
  { application, token, key }: Approver,
): string {
  const label = [account.id, edgeRequest.host, application.id, key, token] as const
  return hex(world.bytes(16, 'cli_nonce', ...label))
}

function asked({ edgeRequest }: EdgeContext, { application, user }: Approver) {
  return { name: application.name ?? '', hostname: edgeRequest.host, email: user.email }
}

/** Seals the tokens for the program, and passes them to the transfer service. */
async function handOver(context: EdgeContext, approver: Approver): Promise<CliAnswer> {
  const { account, world, edgeRequest, nowMs } = context
  const { application, evaluation, user, claims, token, key, publicKey, parameters } = approver
  const wantsOrganization = parameters.get('send_org_token') === 'true'
  const session = wantsOrganization
    ? await account.issueGlobalSession(application, user, account.identityAtSignIn(claims))
    : undefined
  const tokens = {
    app_token: token,
    ...(session === undefined ? {} : { org_token: session.token }),
  }
  const sealed = seal(JSON.stringify(tokens), publicKey, {
    secret: world.bytes(32, 'transfer_secret', account.id, edgeRequest.ray),
    nonce: world.bytes(24, 'transfer_nonce', account.id, edgeRequest.ray),
  })
  if (sealed === undefined) return { reply: keyInvalid, evaluation }
  account.flows.lead(token, ofTransfer(key))
  const closes = parameters.get('close_interstitial') === 'true'
  const page = successPage(asked(context, approver), closes)
  const headers = closes ? contentPolicy([keepsFragment, closesWindow]) : {}
  const reply = because(flowPage(200, page, headers), 'cli_approved')
  const kept = account.transfers.put(key, sealed, nowMs + keptMs)
  return { reply, evaluation, changes: [...(session?.changes ?? []), ...kept] }
}
