/** Reads the form of the stand-in for an identity provider as the person whom the provider would vouch for. */
import { parseObject } from '../../../contracts/declaration/json.ts'
import type { PersonInput } from '../../../contracts/edge/person.ts'
import { isEmailAddress } from '../../access/login.ts'
import type { Typed } from './pages.ts'

interface StandInForm {
  readonly typed: Typed
  /** Undefined if the form has a mistake. */
  readonly person?: PersonInput
  readonly problem?: string
}

/** Groups are separated by commas, claims are one JSON object; both are optional. */
export function personTyped(form: URLSearchParams): StandInForm {
  const field = (name: string) => (form.get(name) ?? '').trim()
  const typed = {
    email: field('email'),
    name: field('name'),
    groups: field('groups'),
    claims: field('claims'),
  }
  if (!isEmailAddress(typed.email)) return { typed, problem: 'Type an email address.' }
  const claims = typed.claims === '' ? undefined : parseObject(typed.claims)
  if (typed.claims !== '' && claims === undefined) {
    return { typed, problem: 'The claims must be a JSON object, such as {"department": "ops"}.' }
  }
  const groups = typed.groups
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
  return {
    typed,
    person: {
      email: typed.email,
      ...(typed.name === '' ? {} : { name: typed.name }),
      ...(groups.length === 0 ? {} : { groups }),
      ...(claims === undefined ? {} : { claims }),
    },
  }
}
