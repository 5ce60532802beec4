/** Applies advice to an account by operations of the API, and takes it back as long as nobody has changed those rows since. */
import { api } from '../../contracts/api/operations.ts'
import type { PolicyBody } from '../../contracts/api/policies.ts'
import type { AdviceChange } from '../../contracts/control/advice.ts'
import type { Endpoint, ResultOf } from '../../contracts/declaration/endpoint.ts'
import { fail } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import { organizationOf } from '../account/organization.ts'
import { refusedBy } from '../account/stored.ts'
import { type ControlContext, type ControlHandler, onAccount } from './context.ts'
import {
  call as callApi,
  changedSince,
  createLedger,
  inverseOf,
  kept,
  type Ledger,
  orTakenBack,
  Problem,
} from './modes/ledger.ts'

/** Changes of the account, as opposed to those of the request. */
const ofAccount = [
  'enable_service_token',
  'refresh_service_token',
  'set_decision',
  'add_exclude',
  'remove_policy',
  'add_policy',
  'add_application',
  'exempt_zone',
  'unset_strict_service_token_auth',
] as const
type AccountChange = Extract<AdviceChange, { readonly change: (typeof ofAccount)[number] }>

export function isOfAccount(change: AdviceChange): change is AccountChange {
  return ofAccount.some((name) => name === change.change)
}

export const applyChanges: ControlHandler<'applyChanges'> = onAccount(
  async (account, { body }, context) => {
    const changes = body.changes.filter(isOfAccount)
    if (changes.length < body.changes.length) {
      return fail('bad_request', 'changes: only changes of the account can be applied to it')
    }
    const ledger = createLedger(account)
    const calls: string[] = []
    const applying = { account, control: context, ledger, calls, app_id: body.application ?? '' }
    const refused = await orTakenBack(account, ledger, async () => {
      for (const change of changes) await apply(change, applying)
    })
    if (refused !== undefined) return refused
    const now = account.overridden()
    const id = String(now.advice.length + 1)
    const next = {
      ...now,
      advice: [...now.advice, { id, undo: ledger.undo(), left: ledger.left() }],
    }
    return (await kept(account, ledger, next)) ?? { result: { id, operations: calls } }
  },
)

export const undoChanges: ControlHandler<'undoChanges'> = onAccount(async (account, { params }) => {
  const now = account.overridden()
  const change = now.advice.find(({ id }) => id === params.id)
  if (change === undefined || change.undo.length === 0) {
    return fail('unknown', `There is no change "${params.id}" to take back.`)
  }
  if (changedSince(account, change)) return fail('changed_since')
  // Its number is not given again.
  const advice = now.advice.map((each) =>
    each === change ? { ...each, undo: [], left: [] } : each,
  )
  const stored = account.commit(inverseOf(account, change), { ...now, advice })
  const refused = await refusedBy(stored)
  if (refused !== undefined) return refused
  return { result: { ok: true } }
})

interface Applying {
  readonly account: Account
  readonly control: ControlContext
  readonly ledger: Ledger
  /** The operations that were called, by their ids. */
  readonly calls: string[]
  /** The application that the change is about. */
  readonly app_id: string
}

async function call<E extends Endpoint>(
  applying: Applying,
  endpoint: E,
  input: Parameters<typeof callApi<E>>[2],
): Promise<ResultOf<E>> {
  const result = await callApi(applying, endpoint, input)
  applying.calls.push(endpoint.id)
  return result
}

/** @throws Problem if the API refuses */
async function apply(change: AccountChange, applying: Applying): Promise<void> {
  const { app_id } = applying
  switch (change.change) {
    case 'enable_service_token': {
      const params = { service_token_id: change.token_id }
      await call(applying, api.serviceTokens.replace, { params, body: { enabled: true } })
      return
    }
    case 'refresh_service_token': {
      await call(applying, api.serviceTokens.refresh, {
        params: { service_token_id: change.token_id },
      })
      return
    }
    case 'set_decision':
      await rewrite(applying, change.policy_id, { decision: change.decision })
      return
    case 'add_exclude': {
      const exclude = applying.account.state.tables.policies.get(change.policy_id)?.exclude ?? []
      await rewrite(applying, change.policy_id, { exclude: [...exclude, change.rule] })
      return
    }
    case 'remove_policy': {
      const params = { app_id, policy_id: change.policy_id }
      await call(applying, api.applicationPolicies.delete, { params })
      return
    }
    case 'add_policy': {
      const { decision, include } = change
      const body = { name: addedName, decision, include: [...include] }
      await call(applying, api.applicationPolicies.create, { params: { app_id }, body })
      return
    }
    case 'add_application': {
      const { domain, decision, include } = change
      const policies = [{ name: addedName, decision, include: [...include] }]
      const body = { type: 'self_hosted', name: domain, domain, policies } as const
      await call(applying, api.applications.create, { body })
      return
    }
    case 'exempt_zone': {
      const exempted =
        organizationOf(applying.account)?.deny_unmatched_requests_exempted_zone_names ?? []
      await call(applying, api.organizations.patch, {
        body: { deny_unmatched_requests_exempted_zone_names: [...exempted, change.zone] },
      })
      return
    }
    case 'unset_strict_service_token_auth':
      await call(applying, api.organizations.patch, { body: { strict_service_token_auth: false } })
      return
    default:
      change satisfies never
  }
}

const addedName = 'Added from the dashboard'

/** Replaces a policy, a reusable one by its own endpoint. */
async function rewrite(
  applying: Applying,
  policy_id: string,
  parts: Partial<Pick<PolicyBody, 'decision' | 'exclude'>>,
): Promise<void> {
  const { account, app_id } = applying
  const row = account.state.tables.policies.get(policy_id)
  if (row === undefined) throw new Problem(`There is no policy "${policy_id}".`)
  const { id: _, application_id: __, created_at: ___, updated_at: ____, extra, ...set } = row
  const body = { ...extra, ...set, ...parts }
  if (row.application_id === undefined) {
    await call(applying, api.reusablePolicies.replace, { params: { policy_id }, body })
  } else {
    const params = { app_id, policy_id }
    const { precedence } = await call(applying, api.applicationPolicies.get, { params })
    await call(applying, api.applicationPolicies.replace, { params, body: { ...body, precedence } })
  }
}
