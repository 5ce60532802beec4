/** The answer to a denied request: the redirect or page that the account has set, or the block page (edge-custom-denial). */
import { hasServiceAuth, isServiceAuthOnly } from '../access/policy.ts'
import type { Verdict } from '../access/verdict.ts'
import type { Account, ApplicationRow, Evaluation } from '../account/account.ts'
import type { Reply } from '../http/reply.ts'
import { type Addressed, type BlockStatus, block } from './answers.ts'
import { denialUrl } from './custom-denial.ts'
import { pageOf } from './custom-page.ts'

export async function deny(
  asked: Addressed,
  account: Account,
  { application, subject, rulebook }: Evaluation,
  verdict: Verdict & { kind: 'deny' },
  nowMs: number,
): Promise<Reply> {
  const status = denyStatus(account, application, subject.pair.status, rulebook, verdict.reason)
  const elsewhere = denialUrl(application.custom_non_identity_deny_url)
  const isRefusedPair = rulebook.strict && subject.pair.status !== 'absent'
  if (elsewhere !== undefined && status === 403 && !isRefusedPair) {
    return { status: 302, headers: { location: elsewhere }, body: '' }
  }
  const own = account.customPage(application, 'forbidden')
  const page = own && (await pageOf(own, nowMs))
  return block(asked, status, account.behaviour, page)
}

function denyStatus(
  account: Account,
  application: ApplicationRow,
  pair: string,
  rulebook: Evaluation['rulebook'],
  reason: string,
): BlockStatus {
  const { policies, strict } = rulebook
  if (strict && pair === 'unusable') return account.behaviour('strict.unusable_headers')
  if (reason === 'credentials_invalid') return 401
  if (strict && pair !== 'absent') return 403
  if (!application.service_auth_401_redirect || !hasServiceAuth(rulebook)) return 403
  const acts =
    account.behaviour('answer_401.by_setting') === 'requests_with_pair'
      ? pair !== 'absent'
      : isServiceAuthOnly(policies)
  return acts ? 401 : 403
}
