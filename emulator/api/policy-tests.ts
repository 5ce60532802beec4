/** Policy tests, complete as soon as they are started (api-policy-test-outcomes). */
import { policyNotFound } from '../../contracts/api/details.ts'
import type { PolicyBody } from '../../contracts/api/policies.ts'
import type {
  policyTests as contract,
  PolicyTest,
  PolicyTestUser,
} from '../../contracts/api/policy-tests.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import type { AccessPolicy } from '../access/policy.ts'
import { policyTestOutcome } from '../access/policy-test.ts'
import type { Account } from '../account/account.ts'
import { rulebookWith } from '../account/evaluate.ts'
import { identityOf } from '../account/sign-in.ts'
import type { PolicyTestRow, UserRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { hex } from '../world/ids.ts'
import type { ApiContext, ApiHandlers } from './context.ts'
import { policyProblem } from './policies.ts'

/** How many tests an account keeps: the oldest give way. */
const mostTests = 20

function policyOf(
  item: PolicyBody | string,
  precedence: number,
  context: ApiContext,
): AccessPolicy | Failure<'invalid_request'> {
  if (typeof item !== 'string') {
    const { session_duration: _, ...policy } = item
    return policyProblem(item, context) ?? { ...policy, id: `inline ${precedence}`, precedence }
  }
  const row = context.account.state.tables.policies.get(item)
  if (row?.reusable !== true) return fail('invalid_request', policyNotFound(item))
  return { ...row, session_duration: undefined, precedence }
}

/** A user as their latest session knows them, or as they were created. */
function subjectOf(account: Account, user: UserRow) {
  const session = account.state.tables.sessions.by('user', user.id).at(-1)
  const { identity = identityOf(account, user), ip, country = user.country } = session ?? {}
  return {
    identity: { ...identity, id: user.id },
    ...(ip === undefined ? {} : { ip }),
    ...(country === undefined ? {} : { country }),
  }
}

function find({ policy_test_id }: { readonly policy_test_id: string }, { account }: ApiContext) {
  return account.state.tables.policy_tests.get(policy_test_id) ?? fail('not_found')
}

function view({ id, users }: PolicyTestRow): PolicyTest {
  const total = users.length
  const count = (wanted: PolicyTestUser['status']) =>
    users.filter(({ status }) => status === wanted).length
  const percent = (some: number) => (total === 0 ? 0 : Math.round((100 * some) / total))
  const [approved, blocked, errored] = [count('approved'), count('blocked'), count('error')]
  return {
    id,
    status: 'complete',
    percent_users_processed: 100,
    total_users: total,
    users_approved: approved,
    users_blocked: blocked,
    users_errored: errored,
    percent_approved: percent(approved),
    percent_blocked: percent(blocked),
    percent_errored: percent(errored),
  }
}

const statusOf = { success: 'approved', fail: 'blocked', error: 'error' } as const

export const policyTests: ApiHandlers<typeof contract> = {
  create({ body }, context) {
    const { account } = context
    const policies: AccessPolicy[] = []
    for (const [index, item] of body.policies.entries()) {
      const policy = policyOf(item, index + 1, context)
      if (isFailure(policy)) return policy
      policies.push(policy)
    }
    const rulebook = rulebookWith(account, policies)
    const users = account.state.tables.users.all().map((user): PolicyTestUser => {
      const { id, email, name } = user
      const status = policyTestOutcome(rulebook, subjectOf(account, user))
      return { id, email, ...(name === undefined ? {} : { name }), status }
    })
    const minted = account.mint('policy_test', '')
    const id = hex(minted.bytes(32, 'policy_test_id'))
    const before = account.state.tables.policy_tests.all()
    const stale = before.slice(0, Math.max(0, before.length - mostTests + 1))
    return {
      result: { id, status: 'success' },
      changes: [
        minted.change,
        ...stale.map((row): Change => ({ table: 'policy_tests', delete: row.id })),
        { table: 'policy_tests', put: { id, users } },
      ],
    }
  },
  get({ params }, context) {
    const row = find(params, context)
    return isFailure(row) ? row : { result: view(row) }
  },
  users({ params, query }, context) {
    const row = find(params, context)
    if (isFailure(row)) return row
    const { status: wanted } = query
    const rows = row.users.filter(
      ({ status }) => wanted === undefined || status === statusOf[wanted],
    )
    return { rows, view: (user: PolicyTestUser) => user }
  },
}
