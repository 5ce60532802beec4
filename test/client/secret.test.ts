/** Secrets are shown only by `reveal`. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { pairFrom, pairHeaders } from '../../client/target/credentials.ts'
import { AccessUsageError } from '../../client/transport/errors.ts'
import { type Secret, secret } from '../../client/transport/secret.ts'

const text = 'cfast_do-not-show-me'

test.each<[string, (hidden: Secret) => string]>([
  ['String()', (hidden) => String(hidden)],
  ['a template', (hidden) => `${hidden}`],
  ['JSON', (hidden) => JSON.stringify({ hidden })],
  ['inspect', (hidden) => inspect({ deep: [hidden] })],
  ['inspect with hidden properties', (hidden) => inspect(hidden, { showHidden: true })],
  ['its own keys', (hidden) => JSON.stringify(Reflect.ownKeys(hidden))],
  ['a clone', (hidden) => JSON.stringify(structuredClone({ ...hidden }))],
])('a secret does not show in %s', (_, show) => {
  expect(show(secret(text))).not.toContain(text)
  expect(secret(text).reveal()).toBe(text)
})

test('a pair is not shown, and wrapping a secret twice changes nothing', () => {
  const pair = pairFrom({ client_id: 'x.access', client_secret: secret(secret(text)) })
  expect(inspect(pair) + JSON.stringify(pair)).not.toContain(text)
  expect(pairHeaders(pair)['cf-access-client-secret']).toBe(text)
})

test.each([
  ['a line break', `${text}\n`],
  ['white space', ` ${text}`],
  ['a header name', `CF-Access-Client-Secret:${text}`],
  ['nothing', ''],
])('a secret with %s around it is refused by name and not by value', (_, client_secret) => {
  const send = () => pairHeaders(pairFrom({ client_id: 'x.access', client_secret }))
  expect(send).toThrow(AccessUsageError)
  expect(send).toThrow(/^The client secret (?!.*show-me)/)
})

test('the pair comes from the environment, and what is missing is named', () => {
  const env = { CF_ACCESS_CLIENT_ID: 'x.access', CF_ACCESS_CLIENT_SECRET: text }
  expect(pairFrom({}, env).client_secret.reveal()).toBe(text)
  expect(() => pairFrom({}, { ...env, CF_ACCESS_CLIENT_SECRET: '' })).toThrow(
    /client secret .* is missing.*CF_ACCESS_CLIENT_SECRET/,
  )
})
