/**
 * Arbitrary users, names and hosts. Each run uses the same seed unless `FAKER_SEED` sets another; a failure reports its
 * seed and round.
 */
import { domainToASCII } from 'node:url'
import { base, de, en, Faker, fr, he, ja, ru } from '@faker-js/faker'
import { test } from 'vitest'

const seed = Number(process.env.FAKER_SEED ?? 20_261_124)
const locales = [en, de, fr, he, ja, ru]

/** Names that have broken programs. */
const awkward = [
  "O'Brien",
  '"quoted"',
  '<script>alert(1)</script>',
  '</title><img src=x onerror=alert(1)>',
  '&amp; & &#39;',
  '{{7*7}} $(id) %s %25',
  'a/b\\c?d=e#f',
  '../../etc',
  '__proto__',
  'constructor',
  'null',
  '0',
  'true',
  '~',
  '- a: b',
  ' padded ',
  'e\u0301 decomposed',
  '\u202Eright to left',
  '👩‍👩‍👧‍👦 family',
  'ﬁ ligature İı ß',
]

export interface Invented {
  readonly faker: Faker
  /** An arbitrary name of limited length: in many scripts, or one that has broken programs. */
  name(most?: number): string
  email(): string
  /** A host below the zone. */
  host(zone: string): string
}

function inventor(round: number): Invented {
  const faker = new Faker({ locale: [locales[round % locales.length] ?? en, en, base] })
  faker.seed([seed, round])
  const name = (): string =>
    faker.helpers.weightedArrayElement([
      { weight: 3, value: () => faker.person.fullName() },
      { weight: 2, value: () => faker.company.name() },
      { weight: 4, value: () => faker.helpers.arrayElement(awkward) },
      { weight: 1, value: () => faker.lorem.words(60) },
    ])()
  return {
    faker,
    name: (most = 300) => [...name()].slice(0, most).join(''),
    email: () => {
      const mailbox = faker.helpers.arrayElement([
        () => faker.internet.username(),
        () => `${faker.internet.username()}+${faker.lorem.word()}`,
        () => faker.person.lastName().replaceAll(/[\s@]/g, ''),
        () => "o'brien",
        () => 'UPPER.lower',
      ])()
      return `${mailbox}@${faker.internet.domainName()}`
    },
    host: (zone) => {
      const labels = Array.from({ length: faker.number.int({ min: 1, max: 3 }) }, () =>
        faker.helpers.arrayElement([
          () => faker.internet.domainWord(),
          () => faker.string.alphanumeric({ length: 63, casing: 'lower' }),
          () => domainToASCII(`bücher-${faker.string.alpha(6)}`),
        ])(),
      )
      return [...labels, zone].join('.')
    },
  }
}

/** A test of several rounds, each with its own users and names. */
export function invented(
  title: string,
  rounds: number,
  check: (invent: Invented) => void | Promise<void>,
): void {
  test(title, async () => {
    for (let round = 0; round < rounds; round += 1) {
      try {
        await check(inventor(round))
      } catch (error) {
        if (error instanceof Error) error.message += ` (FAKER_SEED=${seed}, round ${round})`
        throw error
      }
    }
  })
}
