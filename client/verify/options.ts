/** The options of a verifier as plain JavaScript gives them: of the wrong type, they fail at once. */

const isText = (value: unknown) => typeof value === 'string'
const isFunction = (value: unknown) => typeof value === 'function'
const isLength = (value: unknown) => typeof value === 'number' && value >= 0

type OptionCheck = readonly [says: string, fits: (value: unknown) => boolean]

const text: OptionCheck = ['a string', isText]
const length: OptionCheck = ['a number of milliseconds that is not negative', isLength]

const checks: Readonly<Record<string, OptionCheck>> = {
  team: text,
  issuer: ['an http or https URL as a string', (value) => isText(value) && isUrl(value)],
  audience: [
    'an AUD tag, or a list of them',
    (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
  ],
  fetch: ['a function', isFunction],
  certsUrl: ['a URL', (value) => value instanceof URL || isText(value)],
  clockTolerance: ['a number of seconds that is not negative', isLength],
  now: ['a function', isFunction],
  cooldown: length,
  maxAge: length,
  staleIfError: length,
}

/** Throws `TypeError`, which names the option; one that is missing is not its matter. */
export function checkOptions(options: object): void {
  const given: unknown = options
  if (typeof given !== 'object' || given === null) {
    throw new TypeError('createVerifier takes an object of options.')
  }
  for (const [name, value] of Object.entries(given)) {
    const [says, fits] = checks[name] ?? []
    if (fits === undefined) {
      const known = Object.keys(checks).join(', ')
      throw new TypeError(`createVerifier has no option "${name}"; it has ${known}.`)
    }
    if (value !== undefined && !fits(value)) {
      throw new TypeError(`The option "${name}" of createVerifier must be ${says}.`)
    }
  }
  if (!('audience' in given) || given.audience === undefined) {
    throw new TypeError(
      'The option "audience" of createVerifier is needed: the AUD tag of the application.',
    )
  }
}

function isUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\/[^/]/.test(value) && URL.canParse(value)
}

export function isRequestLike(given: unknown): given is { readonly headers: Headers } {
  if (typeof given !== 'object' || given === null || !('headers' in given)) return false
  const { headers } = given
  if (typeof headers !== 'object' || headers === null) return false
  return 'get' in headers && typeof headers.get === 'function'
}
