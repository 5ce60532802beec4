/** An account over a failing log: a change that was not stored does not exist. */
import { expect, test } from 'vitest'
import { type Account, createAccount } from '../../emulator/account/account.ts'
import type { ChangeLog, LogRecord } from '../../emulator/state/log.ts'
import type { Change } from '../../emulator/state/state.ts'
import { createWorld } from '../../emulator/world/world.ts'
import { orchard } from '../support/orchard.ts'

function accountOver(log: ChangeLog): Account {
  const options = { profile: 'expected', overrides: {} } as const
  return createAccount(orchard, options, createWorld({ entropy: 'e' }), log)
}

/** A log that fails on demand with all pending changes, newest first, like the real one. */
function accountOverLateFailures() {
  const failing: ((error: Error) => void)[] = []
  const account = accountOver({
    refuses: () => false,
    append: ({ kind }) =>
      kind === 'account' ? undefined : new Promise<void>((_, reject) => failing.push(reject)),
    close: async () => {},
  })
  const fail = () => {
    for (const reject of failing.reverse()) reject(new Error('no space'))
  }
  return { account, fail }
}

function counted(count: number): readonly Change[] {
  return [{ table: 'counters', put: { id: 'c', count } }]
}

const absent = (account: Account) => ({
  ...account.overridden(),
  behaviours: { 'service_auth.endpoint': 'absent' } as const,
})

const countOf = (account: Account) => account.state.tables.counters.get('c')?.count

test('A change is not even applied where the log takes no more writes', async () => {
  const appended: LogRecord[] = []
  let refuses = false
  const account = accountOver({
    refuses: () => refuses,
    append: (record) => void appended.push(record),
    close: async () => {},
  })
  await account.markSeeded()
  account.commit(counted(1))
  refuses = true
  const stored = account.commit(counted(2))
  expect(countOf(account)).toBe(1)
  await expect(stored).rejects.toThrow('refuses further writes')
  for (const refused of [account.reset(), account.restore(account.seeded()), account.forget()]) {
    expect(countOf(account)).toBe(1)
    await expect(refused).rejects.toThrow('refuses further writes')
  }
  expect(appended.map(({ kind }) => kind)).toEqual(['account', 'changes'])
})

test('Changes that a log could not keep are taken back, the newest first', async () => {
  const { account, fail } = accountOverLateFailures()
  account.commit(counted(1))
  await account.markSeeded()
  const stored = [account.commit(counted(2)), account.commit(counted(3))]
  expect(countOf(account)).toBe(3)
  fail()
  expect((await Promise.allSettled(stored)).map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
  ])
  expect(countOf(account)).toBe(1)
})

test('What was bent with them is taken back too', async () => {
  const { account, fail } = accountOverLateFailures()
  await account.markSeeded()
  const effect = { kind: 'reset' } as const
  const fault = { at: 'gate', effect, when: {}, skip: 0 }
  const mode = { id: 'm', undo: [], left: [], overrides: {}, before: {} }
  const stored = [
    account.commit([], absent(account)),
    account.commit(counted(2), { ...account.overridden(), faults: [fault], modes: [mode] }),
  ]
  expect(account.behaviour('service_auth.endpoint')).toBe('absent')
  fail()
  await Promise.allSettled(stored)
  expect(account.behaviour('service_auth.endpoint')).toBe('exchange')
  expect([account.faults.list(), [...account.modes], countOf(account)]).toEqual([[], [], undefined])
})

test('A reset that the log could not keep leaves rows and what is bent as they were', async () => {
  const { account, fail } = accountOverLateFailures()
  account.commit(counted(1), absent(account))
  await account.markSeeded()
  account.commit(counted(2))
  const stored = account.reset()
  expect([countOf(account), account.behaviour('service_auth.endpoint')]).toEqual([1, 'exchange'])
  fail()
  await expect(stored).rejects.toThrow('no space')
  expect([countOf(account), account.behaviour('service_auth.endpoint')]).toEqual([1, 'absent'])
})
