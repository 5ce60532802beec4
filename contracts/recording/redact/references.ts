/** What stands in place of a secret, and which secrets are looked for elsewhere. */
import { leastFound } from './finder.ts'

/** In parentheses: what splits a text by it keeps it. */
export const reference = /(\[[a-z_]+#\d+\])/

/**
 * Whether a value is a secret elsewhere too. Short ones are replaced where they stand only (`1`, `true`), and so are
 * words in places that hold a secret or a word: a `state` of `active`, a cookie of `accepted`.
 */
export function isLearned(type: string, value: string): boolean {
  if (value.length < leastFound) return false
  return !(wordy.has(type) && /^[A-Za-z]{1,11}$/.test(value))
}

/** Types whose values may be a name and a password. */
export const hasPassword: ReadonlySet<string> = new Set(['authorization', 'password'])
const wordy: ReadonlySet<string> = new Set(['cookie', 'secret', 'token'])

export function isReference(text: string): boolean {
  return /^\[[a-z_]+#\d+\]/.test(text)
}

export function hasReference(text: string): boolean {
  return reference.test(text)
}

/** Whether nothing but references is left of a value, and the scheme before one: `Bearer [jwt#1]`. */
export function isReplaced(value: string): boolean {
  const [before = '', ...rest] = value.split(reference)
  const others = rest.filter((_, at) => at % 2 === 1)
  return rest.length > 0 && /^(?:[A-Za-z]+ )?[[\]",;\s]*$/.test(before) && others.every(isBetween)
}

function isBetween(text: string): boolean {
  return /^[[\]",;\s]*$/.test(text)
}
