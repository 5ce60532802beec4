/** Failure modes: lists the catalogue, and sets or ends one mode per call. */
import type { BehaviourName, Overrides } from '../../../contracts/behaviours/table.ts'
import { control } from '../../../contracts/control/endpoints.ts'
import type { ModeSetup, ModeTarget } from '../../../contracts/control/shapes.ts'
import { type Failure, fail, isFailure } from '../../../contracts/errors/errors.ts'
import { isModeId, type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import type { Mode } from '../../../contracts/modes/mode.ts'
import type { Account } from '../../account/account.ts'
import type { Overridden } from '../../account/overrides.ts'
import { refusedBy } from '../../account/stored.ts'
import type { StandingMode } from '../../state/overrides.ts'
import { accountOf, type ControlContext, type ControlHandler, onAccount } from '../context.ts'
import { aimed } from './aim.ts'
import { changedSince, createLedger, inverseOf, kept, orTakenBack } from './ledger.ts'
import type { ModeContext } from './objects.ts'
import { type ModeInPlace, setUp } from './recipe.ts'
import { filled, requestOf } from './words.ts'

export const listModes: ControlHandler<'listModes'> = onAccount((account) => {
  const result = Object.entries(modes).map(([id, mode]) => ({
    id,
    title: mode.title,
    set: account.modes.has(id),
    alike: mode.alike,
    observable_with: [...mode.observable_with],
    source: [...mode.source],
  }))
  return { result: { result } }
})

export const setMode: ControlHandler<'setMode'> = async ({ params, query, body = {} }, context) => {
  const account = accountOf(query, context)
  if (isFailure(account)) return account
  const { id } = params
  if (!isModeId(id)) return unknownMode(id)
  const mode = aimed(id, body)
  if (isFailure(mode)) return mode
  const underWay = underWayOf(account)
  if (account.modes.has(id) || underWay.has(id)) {
    return fail('exists', `Mode ${id} is set. End it with DELETE /__access/modes/${id} first.`)
  }
  const zone = account.zones[0]?.name
  if (zone === undefined) {
    return fail('bad_request', 'A mode needs a zone for its application, and the account has none.')
  }
  const given = { id, account, control: context, host: `${id}.modes.${zone}` }
  underWay.add(id)
  try {
    const inPlace = await putInPlace(given, mode, body)
    if (isFailure(inPlace)) return inPlace
    noteInJournal(account, context, 'PUT', id)
    return { result: shown({ id, ...mode }, inPlace, body, context, query?.account) }
  } finally {
    underWay.delete(id)
  }
}

/** Modes that are being set, so that two calls do not set one twice. */
const underWay = new WeakMap<Account, Set<ModeId>>()

function underWayOf(account: Account): Set<ModeId> {
  const ids = underWay.get(account) ?? new Set()
  underWay.set(account, ids)
  return ids
}

/** Applies a mode: first its rows, then its behaviours and faults in one step. */
async function putInPlace(
  { id, account, ...given }: Omit<ModeContext, 'ledger'> & { readonly id: ModeId },
  mode: Mode,
  target: ModeTarget,
): Promise<ModeInPlace | Failure<'bad_request' | 'quota_exceeded' | 'write_refused'>> {
  const ledger = createLedger(account)
  const inPlace = await orTakenBack(account, ledger, () =>
    setUp({ ...given, id, account, ledger }, mode, target),
  )
  if (isFailure(inPlace)) return inPlace
  const overrides = mode.setup.behaviours ?? {}
  const now = account.overridden()
  const standing = {
    ...{ id, undo: ledger.undo(), left: ledger.left(), overrides },
    before: beforeOf(now, overrides),
  }
  const next = {
    ...now,
    behaviours: { ...now.behaviours, ...overrides },
    faults: [...now.faults, ...inPlace.faults],
    modes: [...now.modes, standing],
  }
  return (await kept(account, ledger, next)) ?? inPlace
}

/** Notes in the journal when a mode began and ended, among the requests that it affects. */
function noteInJournal(
  account: Account,
  { ray, nowMs }: ControlContext,
  method: 'PUT' | 'DELETE',
  id: ModeId,
): void {
  account.journal.add({
    ray,
    nowMs,
    host: '',
    method,
    path: `/__access/modes/${id}`,
    operation: method === 'PUT' ? control.setMode.id : control.endMode.id,
    status: 200,
    fault: null,
    mode: id,
  })
}

/** What the behaviours that a mode overrides are set to without modes. */
function beforeOf({ behaviours, modes: standing }: Overridden, overrides: Overrides): Overrides {
  const before = Object.keys(overrides).map((name) => {
    const under = standing.find((mode) => Object.hasOwn(mode.overrides, name))?.before ?? behaviours
    return [name, under[name as BehaviourName]]
  })
  return Object.fromEntries(before)
}

/** The behaviours as before a mode, except those that another active mode overrides or that have been set since. */
function behavioursWithout({ behaviours, modes: all }: Overridden, ended: StandingMode): Overrides {
  const standing = all.filter(({ id }) => id !== ended.id)
  let next = behaviours
  for (const [name, value] of Object.entries(ended.overrides)) {
    const isHeld = standing.some(({ overrides }) => Object.hasOwn(overrides, name))
    if (isHeld || next[name as BehaviourName] !== value) continue
    const { [name as BehaviourName]: _, ...others } = next
    const old = ended.before[name as BehaviourName]
    next = old === undefined ? others : { ...others, [name]: old }
  }
  return next
}

function shown(
  { id, title, request, answer, discriminators: tells = [], setup }: Mode & { readonly id: ModeId },
  { facts, held }: ModeInPlace,
  target: ModeTarget,
  { profile }: ControlContext,
  account: string | undefined,
): ModeSetup {
  const isOthers = target.application !== undefined && setup.policies === undefined
  const note = isOthers ? { note: 'where only Service Auth for the token guards it' } : {}
  return {
    id,
    title,
    request: requestOf(request, held, facts),
    expect: { ...filled(answer[profile], facts), ...note },
    tells: tells.map((tell) => ({
      request: requestOf(tell.request, held, facts),
      expect: { ...filled(tell.answer[profile], facts) },
    })),
    undo: `DELETE /__access/modes/${id}${account === undefined ? '' : `?account=${account}`}`,
  }
}

export const endMode: ControlHandler<'endMode'> = onAccount(
  async (account, { params }, context) => {
    const { id } = params
    if (!isModeId(id)) return unknownMode(id)
    const standing = account.modes.get(id)
    if (standing === undefined) return fail('unknown', `Mode ${id} is not set.`)
    if (changedSince(account, standing)) return fail('changed_since')
    const now = account.overridden()
    const stored = account.commit(inverseOf(account, standing), {
      ...now,
      behaviours: behavioursWithout(now, standing),
      faults: now.faults.filter(({ mode }) => mode !== id),
      modes: now.modes.filter((mode) => mode.id !== id),
    })
    const refused = await refusedBy(stored)
    if (refused !== undefined) return refused
    noteInJournal(account, context, 'DELETE', id)
    return { result: { ok: true } }
  },
)

function unknownMode(id: string): Failure<'unknown'> {
  return fail('unknown', `There is no mode "${id}". GET /__access/modes lists them.`)
}
