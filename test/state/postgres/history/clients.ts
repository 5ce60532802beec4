/** The clients of a run: each does one operation after the other, at any replica, and records what it was answered. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Fleet } from './fleet.ts'
import type { Listed, Operation, Outcome } from './history.ts'
import type { Random } from './random.ts'
import type { Collection, Subject, Subjects } from './subjects.ts'

/** Takes the operations of all clients, in the order in which they end. */
export interface Recorder {
  readonly fleet: Fleet
  readonly subjects: Subjects
  now(): number
  record(operation: Operation): void
  /** Called for a read without an answer, or with one that says it may be old. */
  unread(why: 'failed' | 'behind'): void
}

/** How long an answer may take before the client gives up, not knowing what became of its request. */
const timeoutMs = 20_000

interface Answered {
  readonly outcome: Outcome
  /** The replica says that it does not reach the database. */
  readonly isBehind: boolean
  readonly answer: string
  readonly result: unknown
  readonly invoked: number
  readonly returned: number
}

interface Asking {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly token: string
  readonly body?: unknown
}

interface Named {
  readonly id: string
  readonly name: string
}

export interface Client {
  write(subject: Subject, value: string, replica: string): Promise<Outcome>
  read(subject: Subject, replica: string): Promise<Outcome>
  create(collection: Collection, name: string, replica: string): Promise<Outcome>
  list(collection: Collection, replica: string): Promise<Outcome>
}

export function createClient(client: string, recorder: Recorder): Client {
  const { fleet, subjects } = recorder
  const ask = async (replica: string, { method, path, token, body }: Asking): Promise<Answered> => {
    const invoked = recorder.now()
    let isBehind = false
    const ended = (outcome: Outcome, answer: string, result?: unknown): Answered => ({
      ...{ outcome, isBehind, answer, result, invoked },
      returned: recorder.now(),
    })
    try {
      const response = await fetch(fleet.urlOf(replica) + path, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      isBehind = response.headers.get('access-emulator-state') === 'behind'
      const { result } = (await response.json()) as { result: unknown }
      if (response.ok) return ended('ok', String(response.status), result)
      // A write that Postgres was committing when it ended may be there after all.
      return ended(response.status < 500 ? 'refused' : 'unknown', String(response.status))
    } catch (error) {
      const code = codeOf(error)
      return ended(code === 'ECONNREFUSED' ? 'refused' : 'unknown', code)
    }
  }

  return {
    async write({ key, path, token, body }, value, replica) {
      const request = { method: 'PUT', path, token, body: { ...body, name: value } } as const
      const { result, isBehind: _, ...answered } = await ask(replica, request)
      const returnedName = (result as Named | undefined)?.name ?? value
      if (returnedName !== value) throw new Error(`PUT ${value} answered ${returnedName}`)
      recorder.record({ kind: 'write', key, value, client, replica, ...answered })
      return answered.outcome
    },
    async read({ key, path, token }, replica) {
      const { result, isBehind, ...answered } = await ask(replica, { method: 'GET', path, token })
      if (answered.outcome === 'ok' && !isBehind) {
        const { name: value } = result as Named
        recorder.record({ kind: 'read', key, value, client, replica, ...answered })
        return 'ok'
      }
      recorder.unread(isBehind ? 'behind' : 'failed')
      return 'unknown'
    },
    async create({ key, path, token }, name, replica) {
      const body = { name, include: [{ everyone: {} }] }
      const {
        result,
        isBehind: _,
        ...answered
      } = await ask(replica, { method: 'POST', path, token, body })
      const made = answered.outcome === 'ok' ? { id: (result as Named).id } : {}
      recorder.record({ kind: 'create', key, name, client, replica, ...answered, ...made })
      return answered.outcome
    },
    async list({ key, path, token }, replica) {
      const request = { method: 'GET', path: `${path}?per_page=1000`, token } as const
      const { result, isBehind, ...answered } = await ask(replica, request)
      if (answered.outcome !== 'ok' || isBehind) {
        recorder.unread(isBehind ? 'behind' : 'failed')
        return 'unknown'
      }
      const items: Listed[] = []
      for (const { id, name } of result as Named[]) {
        const register = subjects.byId.get(id)
        const by = { client, replica, ...answered }
        // A list reads each register in it, too.
        if (register === undefined) items.push({ id, name })
        else recorder.record({ kind: 'read', key: register.key, value: name, ...by })
      }
      recorder.record({ kind: 'list', key, items, client, replica, ...answered })
      return answered.outcome
    },
  }
}

function codeOf(error: unknown): string {
  const cause: unknown = Reflect.get(Object(error), 'cause') ?? error
  const code: unknown = Reflect.get(Object(cause), 'code')
  return typeof code === 'string' ? code : String(cause)
}

/** One writer, until `isOver`: reads at another replica what it has just been told is written. */
export async function runWriter(
  name: string,
  random: Random,
  recorder: Recorder,
  { isOver, mayCreate }: { isOver(): boolean; mayCreate(): boolean },
): Promise<void> {
  const client = createClient(name, recorder)
  const { registers, collections } = recorder.subjects
  const [first = '', ...rest] = recorder.fleet.names
  const anywhere = () => random.pick([first, ...rest])
  const backoff = async (outcome: Outcome) => {
    // A client whose replica is away, and which would otherwise only fill the record.
    if (outcome !== 'ok') await pause(5 + random.below(30))
  }
  for (let count = 1; !isOver(); count += 1) {
    const choice = random.below(100)
    const subject = random.pick(registers)
    const collection = random.pick(collections)
    const [here, there] = [anywhere(), anywhere()]
    if (choice < 45) {
      const outcome = await client.write(subject, `${name} #${count}`, here)
      await backoff(outcome)
      if (outcome === 'ok') await client.read(subject, there)
    } else if (choice < 80) await backoff(await client.read(subject, here))
    else if (choice < 90 && mayCreate()) {
      const outcome = await client.create(collection, `${name} +${count}`, here)
      await backoff(outcome)
      if (outcome === 'ok') await client.list(collection, there)
    } else await backoff(await client.list(collection, here))
  }
}
