/** What a page of a list costs: only its own rows are read, however long the list is. */
import { expect, test } from 'vitest'
import { collections } from '../../contracts/api/operations.ts'
import { type Creatable, isCreatable, isInZone } from '../../contracts/declaration/resource.ts'
import { isFailure } from '../../contracts/errors/errors.ts'
import { createAccount } from '../../emulator/account/account.ts'
import { createAccounts } from '../../emulator/account/accounts.ts'
import { handlers } from '../../emulator/api/handlers.ts'
import { createCallApi } from '../../emulator/api/in-process.ts'
import { readCall, replyOf } from '../../emulator/http/conform.ts'
import { memoryLog } from '../../emulator/state/log.ts'
import type { Change } from '../../emulator/state/state.ts'
import { createWorld } from '../../emulator/world/world.ts'
import { orchard } from '../support/orchard.ts'

const world = createWorld({ entropy: 'pages', at: '2030-01-01T00:00:00Z' })
const zone = { id: '0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', name: 'orchard.example' }
const otherZone = { id: '0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c', name: 'mill.example' }
const identity = { ...orchard, zones: [zone, otherZone] }

const paged = collections.filter(
  (each) =>
    isCreatable(each) && each.table !== undefined && each.operations.list.paging !== undefined,
) as readonly Creatable[]

function open(resource: Creatable) {
  const accounts = createAccounts()
  const account = createAccount(identity, { profile: 'expected', overrides: {} }, world, memoryLog)
  accounts.add(account)
  return { account, accounts, world, zone: isInZone(resource) ? zone : undefined }
}

/** A row that reports when it is read. */
function watched(row: object, onRead: () => void): object {
  return new Proxy(row, {
    get(target, name) {
      onRead()
      return Reflect.get(target, name)
    },
    ownKeys(target) {
      onRead()
      return Reflect.ownKeys(target)
    },
  })
}

const inAll = 300

/** Fills the table with copies of one object, every other one in another zone. Returns the places of the rows read. */
async function fill(resource: Creatable, where: ReturnType<typeof open>): Promise<Set<number>> {
  const { key = 'id', keyForm, table, lifeCycle, operations } = resource
  const fresh = { name: (what: string) => what, host: () => `app.${zone.name}` }
  const body = lifeCycle.body(fresh)
  const call = readCall(operations.create, { query: {}, body, method: 'POST' })
  if ('misfit' in call) throw call.misfit
  const made = await createCallApi(where)(where.account, operations.create, {
    body: call.body as never,
    ...(where.zone === undefined ? {} : { zone: where.zone }),
  })
  if (isFailure(made)) throw new Error(`${resource.name}: ${made.failure}`)
  const change = made.changes.find((each) => each.table === table)
  if (change === undefined || !('put' in change)) throw new Error(`${resource.name} has no row`)
  const read = new Set<number>()
  const copies = Array.from({ length: inAll }, (_, at) => {
    const uuid = `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`
    const row = {
      ...change.put,
      [key]:
        keyForm === 'text' ? `copy-${at}` : keyForm === 'hex32' ? uuid.replaceAll('-', '') : uuid,
      ...(isInZone(resource) ? { zone_id: (at % 2 === 0 ? zone : otherZone).id } : {}),
    }
    return { table, put: watched(row, () => read.add(at)) } as Change
  })
  where.account.state.apply(copies)
  return read
}

interface Page {
  readonly result: readonly unknown[]
  readonly result_info: { readonly count: number; readonly total_count: number }
}

function list(
  { name, operations }: Creatable,
  where: ReturnType<typeof open>,
  query: object,
): Page {
  const call = readCall(operations.list, { query, body: undefined, method: 'GET' })
  if ('misfit' in call) throw call.misfit
  const handler = Reflect.get(Reflect.get(handlers, name), 'list')
  const answer = handler(call, { ...where, path: '', ray: '', nowMs: 0 })
  return JSON.parse(replyOf(operations.list, answer, call.query).body)
}

test.each(paged)('A page of $name reads only its own rows', async (resource) => {
  const where = open(resource)
  const read = await fill(resource, where)
  const whole = list(resource, where, { per_page: inAll })
  read.clear()
  const page = list(resource, where, { page: 2, per_page: 5 })
  expect(read.size).toBe(5)
  const total = where.zone === undefined ? inAll : inAll / 2
  expect(whole.result_info.total_count).toBe(total)
  expect(page.result_info).toMatchObject({ count: 5, total_count: total })
  expect(page.result).toEqual(whole.result.slice(5, 10))
})
