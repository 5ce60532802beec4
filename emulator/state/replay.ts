/** Restores accounts from the lines of a log. Pure: text in, records out. */
import { isObject } from '../../contracts/declaration/json.ts'
import type { ClockSetting } from '../world/world.ts'
import type { AccountRecord, LogRecord } from './log.ts'
import type { KeptOverrides } from './overrides.ts'
import { createState, type State, type StoredSnapshot } from './state.ts'

/**
 * Increased with every new table or kind of record, so that an older release refuses the folder at its first line. Version 1
 * had no `release`, nor the tables for which `isLaterTable` is true.
 */
export const logVersion = 3

/** The first line: what the accounts were created from. */
export interface LogHeader {
  /** The format of the log: the `logVersion` of the release that wrote it. */
  readonly access_emulator_log: number
  /** The version of the package, for people. */
  readonly release: string
  readonly entropy: string
  readonly seed: string
}

export interface Replayed {
  readonly header: Pick<LogHeader, 'entropy' | 'seed'>
  readonly accounts: readonly AccountRecord[]
  /** What the clock was set to last, if it was. */
  readonly clock: ClockSetting | undefined
  /** The number of an unfinished last line: a write interrupted by a crash, which was never acknowledged. */
  readonly torn: number | undefined
}

/** A line that is not valid. */
export class CorruptLine extends Error {
  readonly line: number
  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

/** A log written by a newer release of the emulator. */
export class NewerLog extends Error {}

interface LogPosition {
  readonly identity: AccountRecord['identity']
  readonly seeded: StoredSnapshot
  readonly state: State
  readonly bent: KeptOverrides | undefined
}

/** @throws CorruptLine, NewerLog */
export function replay(bytes: Buffer): Replayed {
  const log = written(bytes)
  const lines = linesOf(log)
  const header = headerIn(lines[0])
  const accounts = new Map<string, LogPosition>()
  let torn: number | undefined
  let clock: ClockSetting | undefined
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue
    const value = parse(line)
    const isCut = index === lines.length - 1 && log.at(-1) !== lineEnd
    if (value === undefined && isCut) torn = index + 1
    else if (!isRecord(value)) throw new CorruptLine(index + 1, 'this is not a record of a change')
    else if (value.kind === 'clock') clock = value.setting
    else apply(value, accounts, index + 1)
  }
  return {
    header,
    torn,
    clock,
    accounts: [...accounts.values()].map(({ identity, seeded, state, bent }) => ({
      ...{ kind: 'account', identity, seeded },
      state: state.snapshot(),
      ...(bent === undefined ? {} : { bent }),
    })),
  }
}

function apply(
  record: Exclude<LogRecord, { kind: 'clock' }>,
  accounts: Map<string, LogPosition>,
  line: number,
): void {
  if (record.kind === 'account') {
    const { identity, seeded, state = seeded, bent } = record
    accounts.set(identity.id, { identity, seeded, state: filled(state, line), bent })
    return
  }
  const known = accounts.get(record.account)
  if (known === undefined) {
    throw new CorruptLine(line, `no earlier line has the account ${record.account}`)
  }
  switch (record.kind) {
    case 'changes': {
      checkTables(
        record.changes.map(({ table }) => table),
        known.state,
        line,
      )
      known.state.apply(record.changes)
      if (record.bent !== undefined) accounts.set(record.account, { ...known, bent: record.bent })
      break
    }
    case 'reset':
      known.state.restore(known.seeded)
      accounts.set(record.account, { ...known, bent: undefined })
      break
    case 'restore':
      checkTables(Object.keys(record.state), known.state, line)
      known.state.restore(record.state)
      break
    case 'delete':
      accounts.delete(record.account)
      break
    default:
      record satisfies never
  }
}

function filled(snapshot: StoredSnapshot, line: number): State {
  const state = createState()
  checkTables(Object.keys(snapshot), state, line)
  state.restore(snapshot)
  return state
}

function checkTables(names: readonly string[], state: State, line: number): void {
  const stray = names.find((name) => !Object.hasOwn(state.tables, name))
  if (stray !== undefined) throw new CorruptLine(line, `there is no table "${stray}"`)
}

function headerIn(line: Buffer | undefined): Replayed['header'] {
  const value = line === undefined ? undefined : parse(line)
  const header = (value ?? {}) as Partial<LogHeader>
  const { access_emulator_log: version, release, entropy, seed } = header
  if (typeof version !== 'number')
    throw new CorruptLine(1, 'this is not the log of an Access emulator')
  if (version > logVersion) {
    const writer = typeof release === 'string' ? `release ${release}` : 'a newer release'
    const reads = `this release reads versions up to ${logVersion}`
    throw new NewerLog(`${writer} of access-emulator wrote this log (version ${version}); ${reads}`)
  }
  if (typeof entropy !== 'string' || typeof seed !== 'string') {
    throw new CorruptLine(1, 'this line does not say what the accounts were created from')
  }
  return { entropy, seed }
}

const lineEnd = 0x0a

/** Without the room for more lines, which a crash leaves at the end. */
function written(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end -= 1
  return bytes.subarray(0, end)
}

function linesOf(log: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let from = 0; from < log.length; ) {
    const end = log.indexOf(lineEnd, from)
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

/** What each kind of record must have. The rows themselves are trusted: the emulator wrote them. */
const shapes: { readonly [K in LogRecord['kind']]: (record: Record<string, unknown>) => boolean } =
  {
    account: ({ identity, seeded, state = seeded, bent }) =>
      isObject(identity) && isSnapshot(seeded) && isSnapshot(state) && isBentOrNone(bent),
    changes: ({ changes, bent }) =>
      Array.isArray(changes) && changes.every(isChange) && isBentOrNone(bent),
    reset: () => true,
    restore: ({ state }) => isSnapshot(state),
    delete: () => true,
    clock: ({ setting }) => isObject(setting),
  }

function isRecord(value: unknown): value is LogRecord {
  if (!isObject(value) || typeof value.kind !== 'string') return false
  const shape = Object.hasOwn(shapes, value.kind)
    ? shapes[value.kind as LogRecord['kind']]
    : undefined
  const names = value.kind === 'account' || typeof value.account === 'string'
  return shape !== undefined && names && shape(value)
}

function isSnapshot(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value).every((rows) => Array.isArray(rows) && rows.every(isObject))
  )
}

function isChange(value: unknown): boolean {
  return isObject(value) && (isObject(value.put) || typeof value.delete === 'string')
}

function isBentOrNone(bent: unknown): boolean {
  if (bent === undefined) return true
  if (!isObject(bent) || !isObject(bent.behaviours)) return false
  const { set, unset } = bent.behaviours
  return isObject(set) && [unset, bent.faults, bent.modes, bent.counted ?? []].every(Array.isArray)
}
