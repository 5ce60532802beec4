/** An account's behaviours: those of its profile, and its overrides. */
import {
  type BehaviourName,
  behaviours,
  behaviourValue,
  isBehaviourName,
  type Overrides,
} from '../../contracts/behaviours/table.ts'
import { fail, isFailure } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import { refusedBy } from '../account/stored.ts'
import { accountOf, type ControlContext, type ControlHandler, onAccount } from './context.ts'

export function behaviourRows(account: Account, { profile }: Pick<ControlContext, 'profile'>) {
  return (Object.keys(behaviours) as BehaviourName[]).map((name) => {
    const { about, source, values } = behaviours[name]
    const choice = behaviours[name].in[profile]
    return {
      name,
      value: account.behaviour(name),
      default: choice.value,
      values: [...values],
      evidence: choice.evidence,
      source: [...source],
      about,
    }
  })
}

function shown(account: Account, context: ControlContext) {
  return { profile: context.profile, result: behaviourRows(account, context) }
}

export const getBehaviours: ControlHandler<'getBehaviours'> = ({ query }, context) => {
  const account = accountOf(query, context)
  return isFailure(account) ? account : { result: shown(account, context) }
}

/** All or nothing: one wrong name or value changes nothing. */
export const setBehaviours: ControlHandler<'setBehaviours'> = onAccount(
  async (account, { body }, context) => {
    let next: Overrides = account.overrides()
    for (const [name, input] of Object.entries(body)) {
      if (!isBehaviourName(name)) return fail('bad_request', `There is no behaviour "${name}".`)
      const { [name]: _, ...others } = next
      const value = input === null ? undefined : behaviourValue(name, input)
      if (input !== null && value === undefined) {
        const values = behaviours[name].values.join(', ')
        return fail('bad_request', `Behaviour "${name}" takes one of: ${values}.`)
      }
      next = value === undefined ? others : { ...others, [name]: value }
    }
    const refused = await refusedBy(
      account.commit([], { ...account.overridden(), behaviours: next }),
    )
    return refused ?? { result: shown(account, context) }
  },
)
