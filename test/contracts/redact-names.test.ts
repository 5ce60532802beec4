/** One list of secret names for every place: secrets under those names are found, look-alikes stay. */
import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../contracts/recording/redact/redact.ts'
import { invented } from '../support/invented.ts'
import { lookAlikes, places, redactedText } from './secret-samples.ts'

const word = 'p1anted-Q7xZ19'

test('a hundred places, and a third as many look-alikes', () => {
  expect(places.length).toBeGreaterThan(100)
  expect(lookAlikes.length).toBeGreaterThan(places.length / 4)
})

describe('A secret is found in', () => {
  test.each(places)('%s', (_, write) => {
    const redactor = createRedactor()
    const written = write(word)
    const redacted = redactedText(redactor, written)
    expect(redacted).toMatch(/\[[a-z_]+#\d+\]/)
    expect(redacted).not.toContain(word)
    expect(redacted).not.toContain(Buffer.from(word).toString('base64').slice(0, 16))
    // Redaction is idempotent, and the checker finds nothing more.
    expect(redactor.text(redacted, '')).toBe(redacted)
    expect(redactor.survivors(redacted)).toEqual([])
  })
})

invented('a secret that nobody chose is found in every place', 10, ({ faker }) => {
  const secret = faker.helpers.arrayElement([
    () => faker.internet.password({ length: 20, pattern: /[\w.~-]/, prefix: 'x7' }),
    () => faker.string.alphanumeric({ length: 24 }),
    () => faker.string.nanoid(),
    () => `${faker.string.alpha(4)}-${faker.string.numeric(4)}`,
    () => faker.string.hexadecimal({ length: 32, casing: 'lower', prefix: '' }),
  ])()
  for (const [place, write] of places) {
    const redactor = createRedactor()
    const redacted = redactedText(redactor, write(secret))
    expect({ place, secret, found: !redacted.includes(secret) }).toMatchObject({ found: true })
    expect(redactor.survivors(redacted)).toEqual([])
  }
})

test('a word is a secret in a list of headers, where a list of pairs may hold two names', () => {
  const redacted = (given: unknown) => createRedactor().body(JSON.stringify(given), '')
  expect(redacted({ headers: [['X-Api-Key', 'swordfish']] })).not.toContain('swordfish')
  expect(redacted({ renamed: [['password', 'passphrase']] })).toContain('passphrase')
})

test('with one redactor, none of them is left in any text', () => {
  const redactor = createRedactor()
  const texts = places.map(([, write], at) => redactedText(redactor, write(`${word}-${at}`)))
  for (const [at, each] of texts.entries()) expect(each).not.toContain(`${word}-${at}`)
  expect(redactor.survivors(texts.join('\n'))).toEqual([])
})

test('equal secrets have one reference, wherever they stand', () => {
  const redactor = createRedactor()
  const whole = places.flatMap(([name, write]) => {
    const redacted = redactedText(redactor, write(word))
    const references = redacted.match(/\[[a-z_]+#\d+\]/g) ?? []
    return references.length === 1 ? [[name, references[0]]] : []
  })
  const first = whole[0]?.[1]
  expect(whole.filter(([, reference]) => reference === first).length).toBeGreaterThan(60)
})

describe('What only looks like a secret stays', () => {
  test.each(lookAlikes.map((written) => [written.given, written] as const))('%s', (_, written) => {
    const value = written.as === 'headers' ? written.given.split(/: (.*)/s)[1] : written.given
    const redactor = createRedactor()
    expect(redactedText(redactor, written)).toBe(value)
    expect(redactor.redactions).toEqual([])
  })
})
