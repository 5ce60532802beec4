/** Parts of several pages. */
import type { JournalEntry } from '../../contracts/control/shapes.ts'
import { type Html, html } from '../http/html.ts'

export const root = '/__access'

/** Host and path: the path alone identifies only operations of the API. */
export function addressOf({ host, path }: JournalEntry): string {
  return `${host}${path}`
}

/** Cuts a long query, such as the token in a login URL, to keep lists readable. */
export function shortened(address: string): string {
  return address.length > 100 ? `${address.slice(0, 99)}…` : address
}

export function statusOf({ status }: JournalEntry): Html {
  const kind = status >= 400 || status === 0 ? 'bad' : status >= 300 ? 'turn' : 'good'
  return html`<span class="status ${kind}">${status === 0 ? 'cut' : status}</span>`
}

export function words(name: string): string {
  return name.replaceAll('_', ' ')
}
