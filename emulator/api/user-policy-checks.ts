/** How an application's policies would decide for the person who signed in last. */
import type { applications as contract } from '../../contracts/api/applications.ts'
import type { ResultOf } from '../../contracts/declaration/endpoint.ts'
import { decideSignIn } from '../access/decide.ts'
import type { Verdict } from '../access/verdict.ts'
import type { Account } from '../account/account.ts'
import { rulebookOf } from '../account/evaluate.ts'
import { identityOf } from '../account/sign-in.ts'
import type { ApplicationRow } from '../state/rows.ts'
import { embedded, linkedPolicies } from './policy-links.ts'

type UserPolicyCheck = ResultOf<(typeof contract)['operations']['userPolicyChecks']>

/** `Success` is documented (api-user-policy-checks); all other statuses are our own. */
export function policyCheck(application: ApplicationRow, account: Account): UserPolicyCheck {
  const user = account.state.tables.users.all().at(-1)
  const policies = embedded(
    application.links,
    linkedPolicies(account, application),
    account.behaviour('api.embedded_policy_reusable'),
  )
  const app_state = {
    app_uid: application.id,
    aud: application.aud,
    hostname: application.domain ?? '',
    name: application.name ?? '',
  }
  if (user === undefined) {
    return { app_state: { ...app_state, policies, status: 'no user has signed in yet' } }
  }
  const verdict = decideSignIn(rulebookOf(account, application), {
    pair: { status: 'absent' },
    identity: { ...identityOf(account, user), id: user.id },
    ...(user.country === undefined ? {} : { country: user.country }),
  })
  return {
    app_state: {
      ...app_state,
      policies: policies.map((policy) => ({ ...policy, ...statusOf(policy.id, verdict) })),
      status: word(verdict.kind === 'pass'),
    },
    user_identity: {
      account_id: account.id,
      email: user.email,
      id: user.id,
      user_uuid: user.id,
      ...(user.name === undefined ? {} : { name: user.name }),
      ...(user.country === undefined ? {} : { geo: { country: user.country } }),
    },
  }
}

function word(isMet: boolean): string {
  return isMet ? 'Success' : 'Failure'
}

/** Policies after the deciding one were not evaluated, and have no status. */
function statusOf(id: string, { trail }: Verdict): { readonly status?: string } {
  const step = trail.findLast(({ policy, rule }) => policy?.id === id && rule === undefined)
  return step === undefined ? {} : { status: word(step.outcome === 'match') }
}
