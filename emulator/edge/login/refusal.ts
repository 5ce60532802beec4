/** The answers to a person whom the policies do not admit (sign-in-refused, edge-custom-denial). */
import type { Verdict } from '../../access/verdict.ts'
import type { ApplicationRow } from '../../account/account.ts'
import type { Html } from '../../http/html.ts'
import type { HeaderValue, Reply } from '../../http/reply.ts'
import type { EdgeContext } from '../context.ts'
import { denialUrl } from '../custom-denial.ts'
import { pageOf } from '../custom-page.ts'
import { explanationLink } from '../explanation-link.ts'
import { htmlReply } from '../unknown.ts'
import { whyDenied } from '../why-denied.ts'
import { designOf } from './design.ts'
import { flowPage, redirect } from './flow.ts'
import { refusedPage } from './pages.ts'

/** What a person was refused, and what our page offers them instead. */
export interface RefusedPerson {
  readonly application: ApplicationRow
  readonly onwards: readonly Html[]
  /** Of our page only. */
  readonly headers?: Readonly<Record<string, HeaderValue>>
}

/** The redirect or the page that the account has set, or our page. */
export async function refusal(
  context: EdgeContext,
  refused: RefusedPerson,
  verdict: Verdict,
): Promise<Reply> {
  const { account, nowMs } = context
  const { application } = refused
  const elsewhere = denialUrl(application.custom_deny_url)
  if (elsewhere !== undefined) return redirect(elsewhere)
  const selected = account.customPage(application, 'identity_denied')
  const own = selected && (await pageOf(selected, nowMs))
  if (own === undefined) return refusedFor(context, refused, whyDenied(verdict))
  const page = htmlReply(account.behaviour('login.refused_status'), own.html)
  const headers = { ...page.headers, 'cache-control': 'no-store', ...own.headers }
  return { ...page, headers }
}

/** Our page, which a wrong PIN gets too. */
export function refusedFor(
  { account, edgeRequest }: EdgeContext,
  { application, onwards, headers = {} }: RefusedPerson,
  why: string,
): Reply {
  const message = application.custom_deny_message
  const design = designOf(account)
  const { ray } = edgeRequest
  const link = explanationLink(edgeRequest, account.behaviour)
  const page = refusedPage({ message, why, ray, link, onwards, design })
  return flowPage(account.behaviour('login.refused_status'), page, headers, design)
}
