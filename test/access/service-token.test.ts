import { expect, test } from 'vitest'
import { checkPair, type ServiceTokenSecrets } from '../../emulator/access/service-token.ts'

const at = Date.parse('2026-01-01T00:00:00Z')
const before = '2025-12-31T23:59:59Z'
const now = '2026-01-01T00:00:00Z'
const after = '2026-01-01T00:00:01Z'
const row: ServiceTokenSecrets = {
  id: 'token-a',
  name: 'ci',
  client_id: 'a.access',
  client_secret: 'current',
  enabled: true,
  expires_at: after,
}
const rotated = (expires_at: string) => ({
  previous_client_secret: { value: 'previous', expires_at },
})

test.each<[string, Partial<ServiceTokenSecrets>, string, string]>([
  ['the current secret', {}, 'current', 'valid'],
  ['a token that lasts forever', { expires_at: null }, 'current', 'valid'],
  ['a wrong secret', {}, 'other', 'wrong_secret'],
  ['a wrong secret of an expired token', { expires_at: before }, 'other', 'wrong_secret'],
  ['a wrong secret of a disabled token', { enabled: false }, 'other', 'wrong_secret'],
  ['a disabled token', { enabled: false }, 'current', 'disabled'],
  ['an expired token', { expires_at: before }, 'current', 'expired'],
  ['a token at the moment of its expiry', { expires_at: now }, 'current', 'expired'],
  [
    'a token both disabled and expired',
    { enabled: false, expires_at: before },
    'current',
    'disabled',
  ],
  ['a token whose expiry cannot be read', { expires_at: 'soon' }, 'current', 'expired'],
  ['the previous secret in its grace', rotated(after), 'previous', 'valid'],
  ['the current secret beside it', rotated(after), 'current', 'valid'],
  ['the previous secret after its grace', rotated(now), 'previous', 'previous_secret_expired'],
  [
    'the previous secret of a disabled token',
    { ...rotated(after), enabled: false },
    'previous',
    'disabled',
  ],
  [
    'the previous secret of an expired token',
    { ...rotated(after), expires_at: before },
    'previous',
    'expired',
  ],
  ['the current secret after the grace', rotated(before), 'current', 'valid'],
])('%s', (_, given, secret, expected) => {
  const pair = checkPair({ ...row, ...given }, secret, at, (one, other) => one === other)
  expect(pair.status === 'invalid' ? pair.reason : pair.status).toBe(expected)
})

test('both secrets are compared whichever was sent', () => {
  const compared: string[] = []
  checkPair({ ...row, ...rotated(after) }, 'current', at, (one, other) => {
    compared.push(one)
    return one === other
  })
  expect(compared).toEqual(['current', 'previous'])
})
