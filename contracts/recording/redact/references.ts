/** What replaces a secret, and which secrets are looked for elsewhere. */
import { leastFound } from './finder.ts'

/** In parentheses, so that `split` keeps the references. */
export const reference = /(\[[a-z_]+#\d+\])/

/**
 * Whether to look for a value elsewhere too. Short values (`1`, `true`) are replaced only where they were found, and so
 * are plain words in places that hold either a secret or a word: a `state` of `active`, a cookie of `accepted`.
 */
export function isLearned(type: string, value: string): boolean {
  if (value.length < leastFound) return false
  return !(wordy.has(type) && /^[A-Za-z]{1,11}$/.test(value))
}

/** Types whose values may consist of a name and a password. */
export const hasPassword: ReadonlySet<string> = new Set(['authorization', 'password'])
const wordy: ReadonlySet<string> = new Set(['cookie', 'secret', 'token'])

export function isReference(text: string): boolean {
  return /^\[[a-z_]+#\d+\]/.test(text)
}

export function hasReference(text: string): boolean {
  return reference.test(text)
}

/** Whether a value consists only of references, apart from a scheme: `Bearer [jwt#1]`. */
export function isReplaced(value: string): boolean {
  const [before = '', ...rest] = value.split(reference)
  const others = rest.filter((_, at) => at % 2 === 1)
  return rest.length > 0 && /^(?:[A-Za-z]+ )?[[\]",;\s]*$/.test(before) && others.every(isBetween)
}

function isBetween(text: string): boolean {
  return /^[[\]",;\s]*$/.test(text)
}
