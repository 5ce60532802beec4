/** The tally of a run groups similar requests, is bounded, and does not depend on what the journal keeps. */
import { expect, test } from 'vitest'
import type { JournalEntry } from '../../../contracts/control/shapes.ts'
import { markdown } from '../../../emulator/commands/summary/markdown.ts'
import { reportOf } from '../../../emulator/commands/summary/report.ts'
import { createTally, shortPath } from '../../../emulator/commands/summary/tally.ts'
import { createEmulator } from '../../../emulator/index.ts'

const entry: JournalEntry = {
  ...{ ray: 'r', at: '2026-01-02T03:04:05Z', account: null, host: 'a.test', method: 'GET' },
  ...{ path: '/', operation: 'door', status: 421, code: null, verdict: null },
  ...{ reason: 'host_not_served', why: 'No.', expected_only: false, trail: [] },
  ...{ fault: null, mode: null },
}
const explain = () => ({
  ...{
    verdict: '421',
    reason: null,
    why: 'No.',
    application: null,
    trail: [],
    would_pass_if: [],
    advice: [],
  },
})
const nobody = { accounts: [], environment: {} }

test('counts what the journal has long forgotten', async () => {
  const tally = createTally()
  const emulator = await createEmulator({ seed: 'example', onEntry: tally.add })
  const { port } = emulator
  const address = `http://127.0.0.1:${port}/nothing`
  for (let n = 0; n < 20; n += 1) {
    await Promise.all(Array.from({ length: 60 }, () => fetch(`${address}/${n}`)))
  }
  const { result } = await emulator.control.readJournal()
  await emulator.close()
  expect(result).toHaveLength(1000)
  expect(tally.counted()).toMatchObject({
    requests: 1200,
    totals: { refused: 1200 },
    kinds: [{ count: 1200, path: '/nothing/…', status: 404 }],
  })
})

test('keeps a bounded number of kinds, and counts the others', () => {
  const tally = createTally()
  for (let n = 0; n < 1000; n += 1) tally.add({ ...entry, path: `/p${n}` }, explain)
  tally.add({ ...entry, operation: 'control.modes.set', status: 200 }, explain)
  expect(tally.counted()).toMatchObject({
    requests: 1000,
    totals: { refused: 1000 },
    left_out: 800,
  })
  expect(reportOf(tally.counted(), nobody)).toMatchObject({ refused: 1000, left_out: 800 })
})

test('a report hides what the seed and the caller hold as secret', () => {
  const tally = createTally()
  const why = 'It said hush-hush-secret-of-the-seed and hush-hush-secret-of-the-caller.'
  tally.add({ ...entry, path: '/hush-hush-secret-of-the-seed', why }, explain)
  const account = {
    ...{ id: 'i', name: 'n', api_token: 'hush-hush-secret-of-the-seed', zones: [] },
    ...{ auth_domain: '', applications: [], service_tokens: [] },
  }
  const environment = { CF_API_TOKEN: 'hush-hush-secret-of-the-caller' }
  const report = reportOf(tally.counted(), { accounts: [account], environment })
  expect(JSON.stringify(report)).not.toContain('hush-hush')
  expect(markdown(report, 'sh')).not.toContain('hush-hush')
})

test('a table holds whatever a client sent, as text', () => {
  const tally = createTally()
  tally.add({ ...entry, path: '/a|b`<img src=x>', why: 'Line\nbreak | `x`.' }, explain)
  const rows = markdown(reportOf(tally.counted(), nobody), 'sh').split('\n')
  const [row = ''] = rows.filter((line) => line.startsWith('| 1 '))
  expect(row.split('|')).toHaveLength(6)
  expect(row).not.toMatch(/[`]|<img/)
})

test.each([
  [
    '/client/v4/accounts/023e105f4ecef8ad9ca31a8372d0c353/access/apps',
    '/client/v4/accounts/…/access/apps',
  ],
  ['/a/f174e90a-fafe-4643-bbbc-4a0ed4fc8415?token=secret', '/a/…'],
  ['/items/17/parts#part', '/items/…/parts'],
  [`/a/${'x'.repeat(41)}/b`, '/a/…/b'],
  ['http://user:secret@host/a', 'http://…@host/a'],
  ['', ''],
])('the path %s is of the kind %s', (path, kind) => {
  expect(shortPath(path)).toBe(kind)
})
