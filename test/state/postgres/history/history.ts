/** What a run recorded: the operations of its clients, timed by one clock. */

/** Whether it was done: yes, certainly not, or nobody can say (the connection ended, or the answer was a 5xx). */
export type Outcome = 'ok' | 'refused' | 'unknown'

interface Asked {
  readonly client: string
  readonly replica: string
  /** Milliseconds since the start of the run, by the clock of the process that drives it. */
  readonly invoked: number
  readonly returned: number
  readonly outcome: Outcome
  /** The status, or why there was none. */
  readonly answer: string
}

/** Each written value is unique, so that a read says which write it saw. */
export interface RegisterOperation extends Asked {
  readonly kind: 'read' | 'write'
  readonly key: string
  readonly value: string
}

export interface CreateOperation extends Asked {
  readonly kind: 'create'
  /** The collection. */
  readonly key: string
  /** Unique in the run. */
  readonly name: string
  readonly id?: string
}

export interface Listed {
  readonly name: string
  readonly id: string
}

export interface ListOperation extends Asked {
  readonly kind: 'list'
  readonly key: string
  readonly items: readonly Listed[]
}

export type Operation = RegisterOperation | CreateOperation | ListOperation

export interface History {
  /** The values of the registers before the first operation. */
  readonly initial: Readonly<Record<string, string>>
  readonly operations: readonly Operation[]
}

export interface Violation {
  readonly kind:
    | 'lost write'
    | 'stale read'
    | 'value from nowhere'
    | 'refused, but done'
    | 'doubled id'
    | 'doubled object'
    | 'lists that contradict each other'
  readonly key: string
  readonly sentence: string
  /** The operations that show it. */
  readonly proof: readonly Operation[]
}

/** One operation as a line. */
export function lineOf(operation: Operation): string {
  const { invoked, returned, client, replica, kind, outcome, answer } = operation
  const times = `${invoked.toFixed(2)}–${returned.toFixed(2)}`
  return `${times}  ${client} at ${replica}: ${kind} ${subjectOf(operation)} → ${outcome} (${answer})`
}

function subjectOf(operation: Operation): string {
  if (operation.kind === 'create') return `${operation.name} as ${operation.id ?? 'no id'}`
  if (operation.kind === 'list') return `${operation.items.length} objects`
  return operation.value
}

/** What it did can no longer be seen by an operation invoked at `time` or before. */
export function precedes(operation: Operation, other: Operation): boolean {
  return operation.returned < other.invoked
}
