/** Calls of the control API as buttons. The page's script sends them, and shows each as a call to copy into a test. */
import { control } from '../../../contracts/control/endpoints.ts'
import { type Html, html } from '../../http/html.ts'
import { given, type QueryValues } from './parts.ts'

export interface ButtonCall {
  readonly operation: keyof typeof control
  readonly params?: Readonly<Record<string, string>>
  readonly query?: QueryValues
  /** What the fields of the form do not say. */
  readonly body?: unknown
}

/**
 * @param about what the button is about, for people who do not see where it stands
 * @param fields whose names are members of the body: a number if its type is one, JSON if it has `data-json`, and left out
 * if it is empty
 */
export function call(
  { operation, params = {}, query = {}, body }: ButtonCall,
  label: string,
  { fields, about }: { readonly fields?: Html; readonly about?: string } = {},
): Html {
  const { method, path } = control[operation]
  const place = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ''))
  const asked = given(query)
  const search = new URLSearchParams(asked)
  const whole = search.size === 0 ? place : `${place}?${search}`
  const input = {
    ...(Object.keys(params).length === 0 ? {} : { params }),
    ...(search.size === 0 ? {} : { query: asked }),
  }
  return html`<form class="call" data-operation="${operation}" data-method="${method}" data-path="${whole}" data-input="${JSON.stringify(input)}" data-body="${body === undefined ? '' : JSON.stringify(body)}">${fields}<button${about === undefined ? undefined : html` aria-label="${label}: ${about}"`}>${label}</button></form>`
}
