/** Checks the options of a verifier at run time, so that mistakes in plain JavaScript fail immediately. */

const isText = (value: unknown) => typeof value === 'string'
const isFunction = (value: unknown) => typeof value === 'function'
const isLength = (value: unknown) => typeof value === 'number' && value >= 0

type OptionCheck = readonly [says: string, fits: (value: unknown) => boolean]

const text: OptionCheck = ['a string', isText]
const length: OptionCheck = ['a non-negative number of milliseconds', isLength]

const checks: Readonly<Record<string, OptionCheck>> = {
  team: text,
  issuer: ['an http or https URL as a string', (value) => isText(value) && isUrl(value)],
  audience: [
    'an AUD tag or an array of AUD tags',
    (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
  ],
  fetch: ['a function', isFunction],
  certsUrl: ['a URL', (value) => value instanceof URL || isText(value)],
  clockTolerance: ['a non-negative number of seconds', isLength],
  now: ['a function', isFunction],
  cooldown: length,
  maxAge: length,
  staleIfError: length,
}

/** @throws TypeError if an option is unknown or has the wrong type, or `audience` is missing */
export function checkOptions(options: object): void {
  const given: unknown = options
  if (typeof given !== 'object' || given === null) {
    throw new TypeError('createVerifier takes an options object.')
  }
  for (const [name, value] of Object.entries(given)) {
    const [says, fits] = checks[name] ?? []
    if (fits === undefined) {
      const known = Object.keys(checks).join(', ')
      throw new TypeError(`createVerifier has no option "${name}". Its options are ${known}.`)
    }
    if (value !== undefined && !fits(value)) {
      throw new TypeError(`The option "${name}" of createVerifier must be ${says}.`)
    }
  }
  if (!('audience' in given) || given.audience === undefined) {
    throw new TypeError(
      'createVerifier requires the option "audience": the AUD tag of the application.',
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
