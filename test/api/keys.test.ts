import { expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { useApi } from '../support/api.ts'

const api = useApi()

const { get, update, rotate } = contract.keys
const day = 86_400

interface Kid {
  readonly kid: string
}

/** The `kid`s that certs publishes: the key that signs, and the other. */
async function published() {
  const url = 'https://team.cloudflareaccess.com/cdn-cgi/access/certs'
  const answer = await api.emulator.fetch(url)
  const { keys, public_cert } = (await answer.json()) as { keys: Kid[]; public_cert: Kid }
  const signing = public_cert.kid
  return { signing, other: keys.find(({ kid }) => kid !== signing)?.kid }
}

test('the configuration has the interval and the last rotation, with microseconds', async () => {
  expect(await api.ok(get)).toEqual({
    key_rotation_interval_days: 42,
    last_key_rotation_at: '2026-01-02T03:04:05.000000Z',
    days_until_next_rotation: 42,
  })
  await api.advance(10 * day)
  expect(await api.ok(get)).toMatchObject({ days_until_next_rotation: 32 })
})

test('keys rotate by themselves when the interval is over', async () => {
  const before = await published()
  await api.advance(43 * day)
  expect(await api.ok(get)).toEqual({
    key_rotation_interval_days: 42,
    last_key_rotation_at: '2026-02-13T03:04:05.000000Z',
    days_until_next_rotation: 41,
  })
  expect((await published()).signing).not.toBe(before.signing)
})

test('a rotation by hand brings a new key and keeps the old one', async () => {
  const { signing: old } = await published()
  await api.advance(10 * day)
  const rotated = await api.ok(rotate)
  expect(rotated).toEqual({
    key_rotation_interval_days: 42,
    last_key_rotation_at: '2026-01-12T03:04:05.000000Z',
    days_until_next_rotation: 42,
  })
  expect(await api.ok(get)).toEqual(rotated)
  const { signing, other } = await published()
  expect(other).toBe(old)
  expect(signing).not.toBe(old)
})

test('another interval keeps the keys', async () => {
  const before = await published()
  await api.advance(10 * day)
  const body = { key_rotation_interval_days: 21 }
  expect(await api.ok(update, { body })).toEqual({
    key_rotation_interval_days: 21,
    last_key_rotation_at: '2026-01-02T03:04:05.000000Z',
    days_until_next_rotation: 11,
  })
  expect((await published()).signing).toBe(before.signing)
})

test('an interval that is over already rotates now', async () => {
  await api.advance(30 * day)
  const { signing: old } = await published()
  const body = { key_rotation_interval_days: 21 }
  expect(await api.ok(update, { body })).toEqual({
    key_rotation_interval_days: 21,
    last_key_rotation_at: '2026-02-01T03:04:05.000000Z',
    days_until_next_rotation: 21,
  })
  const { signing, other } = await published()
  expect(other).toBe(old)
  expect(signing).not.toBe(old)
})

test.each([20, 366, 30.5])(
  'an interval of %d days is refused',
  async (key_rotation_interval_days) => {
    const refused = await api.refused(update, { body: { key_rotation_interval_days } })
    expect(refused).toMatchObject({ status: 400, code: 12130 })
    expect(await api.ok(get)).toMatchObject({ key_rotation_interval_days: 42 })
  },
)
