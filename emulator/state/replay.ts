/** From the lines of a log to the accounts they tell of. Pure: text in, records out. */
import { isObject } from '../../contracts/json.ts'
import type { Bent } from './bent.ts'
import type { AccountRecord, LogRecord } from './log.ts'
import { createState, type Snapshot, type State } from './state.ts'

/** The first line: what the world was made from. */
export interface LogHeader {
  readonly access_emulator_log: 1
  readonly entropy: string
  readonly seed: string
}

export interface Replayed {
  readonly header: LogHeader
  readonly accounts: readonly AccountRecord[]
  /** The number of a last line that could not be read: the write that a crash cut off. Nobody was told that it is safe. */
  readonly torn: number | undefined
}

/** A line that should not be there. */
export class CorruptLine extends Error {
  readonly line: number
  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

interface Told {
  readonly identity: AccountRecord['identity']
  readonly seeded: Snapshot
  readonly state: State
  readonly bent: Bent | undefined
}

/** @throws CorruptLine */
export function replay(log: Buffer): Replayed {
  const lines = linesOf(log)
  const header = headerIn(lines[0])
  const accounts = new Map<string, Told>()
  let torn: number | undefined
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue
    const value = parse(line)
    if (value === undefined && index === lines.length - 1) torn = index + 1
    else if (!isRecord(value)) throw new CorruptLine(index + 1, 'this is no record of a change')
    else apply(value, accounts, index + 1)
  }
  return {
    header,
    torn,
    accounts: [...accounts.values()].map(({ identity, seeded, state, bent }) => ({
      ...{ kind: 'account', identity, seeded },
      state: state.snapshot(),
      ...(bent === undefined ? {} : { bent }),
    })),
  }
}

function apply(record: LogRecord, accounts: Map<string, Told>, line: number): void {
  if (record.kind === 'account') {
    const { identity, seeded, state = seeded, bent } = record
    accounts.set(identity.id, { identity, seeded, state: filled(state, line), bent })
    return
  }
  const told = accounts.get(record.account)
  if (told === undefined) {
    throw new CorruptLine(line, `no line before this one has the account ${record.account}`)
  }
  switch (record.kind) {
    case 'changes': {
      const stray = record.changes.find(({ table }) => !Object.hasOwn(told.state.tables, table))
      if (stray !== undefined) throw new CorruptLine(line, `there is no table "${stray.table}"`)
      told.state.apply(record.changes)
      if (record.bent !== undefined) accounts.set(record.account, { ...told, bent: record.bent })
      break
    }
    case 'reset':
      told.state.restore(told.seeded)
      accounts.set(record.account, { ...told, bent: undefined })
      break
    case 'restore':
      told.state.restore(record.state)
      break
    case 'delete':
      accounts.delete(record.account)
      break
    default:
      record satisfies never
  }
}

/** A table that the log does not know yet is empty. */
function filled(snapshot: Snapshot, line: number): State {
  const state = createState()
  const stray = Object.keys(snapshot).find((name) => !Object.hasOwn(state.tables, name))
  if (stray !== undefined) throw new CorruptLine(line, `there is no table "${stray}"`)
  state.restore({ ...state.snapshot(), ...snapshot })
  return state
}

function headerIn(line: Buffer | undefined): LogHeader {
  const value = line === undefined ? undefined : parse(line)
  const { access_emulator_log, entropy, seed } = (value ?? {}) as Partial<LogHeader>
  if (access_emulator_log === undefined) {
    throw new CorruptLine(1, 'this is no log of an Access emulator')
  }
  if (access_emulator_log !== 1 || typeof entropy !== 'string' || typeof seed !== 'string') {
    throw new CorruptLine(1, 'another version of the emulator wrote this log')
  }
  return { access_emulator_log, entropy, seed }
}

function linesOf(log: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let from = 0; from < log.length; ) {
    const end = log.indexOf(0x0a, from)
    const to = end < 0 ? log.length : end
    lines.push(log.subarray(from, to))
    from = to + 1
  }
  return lines
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line))
  } catch {
    return undefined
  }
}

/** What each kind must have. The rows themselves are the emulator's own writing. */
const shapes: { readonly [K in LogRecord['kind']]: (record: Record<string, unknown>) => boolean } =
  {
    account: ({ identity, seeded, bent }) =>
      isObject(identity) && isObject(seeded) && isBentOrNone(bent),
    changes: ({ changes, bent }) =>
      Array.isArray(changes) && changes.every(isObject) && isBentOrNone(bent),
    reset: () => true,
    restore: ({ state }) => isObject(state),
    delete: () => true,
  }

function isRecord(value: unknown): value is LogRecord {
  if (!isObject(value) || typeof value.kind !== 'string') return false
  const shape = Object.hasOwn(shapes, value.kind)
    ? shapes[value.kind as LogRecord['kind']]
    : undefined
  const names = value.kind === 'account' || typeof value.account === 'string'
  return shape !== undefined && names && shape(value)
}

function isBentOrNone(bent: unknown): boolean {
  if (bent === undefined) return true
  if (!isObject(bent) || !isObject(bent.behaviours)) return false
  const { set, unset } = bent.behaviours
  return isObject(set) && [unset, bent.faults, bent.modes].every(Array.isArray)
}
