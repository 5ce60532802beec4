/** Parts of several pages. */
import type { JournalEntry } from '../../../contracts/control/shapes.ts'
import { type Content, type Html, html } from '../../http/html.ts'

export const root = '/__access'

export type QueryValues = Readonly<Record<string, string | undefined>>

/** The address of a page below the root; what is undefined or empty is left out of the query. */
export function linkTo(path: string, query: QueryValues = {}): string {
  const text = new URLSearchParams(given(query)).toString()
  return `${root}${path}${text === '' ? '' : `?${text}`}`
}

/** Without what is undefined or empty. */
export function given(query: QueryValues): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') found[name] = value
  }
  return found
}

/** Host and path: the path alone identifies only operations of the API. */
export function addressOf({ host, path }: Pick<JournalEntry, 'host' | 'path'>): string {
  return `${host}${path}`
}

/** Cuts a long query, such as the token in a login URL, to keep lists readable. */
export function shortened(address: string): string {
  return address.length > 100 ? `${address.slice(0, 99)}…` : address
}

export function statusOf({ status }: Pick<JournalEntry, 'status'>): Html {
  const kind = status >= 400 || status === 0 ? 'bad' : status >= 300 ? 'turn' : 'good'
  return html`<span class="status ${kind}">${status === 0 ? 'cut' : status}</span>`
}

const verdictKinds: Readonly<Record<string, string>> = { pass: 'good', login: 'turn', deny: 'bad' }

export function verdictOf(verdict: string): Html {
  return html`<b class="${verdictKinds[verdict] ?? 'soft'}">${verdict}</b>`
}

export function words(name: string): string {
  return name.replaceAll('_', ' ')
}

/** A text to take along. The button is there only if the page's script runs. */
export function copyable(text: string): Html {
  return html`<code>${text}</code> <button type="button" data-copy="${text}" aria-label="Copy ${shortened(text)}">Copy</button>`
}

export function option(value: string, text: string, chosen: string | undefined): Html {
  return value === (chosen ?? '')
    ? html`<option value="${value}" selected>${text}</option>`
    : html`<option value="${value}">${text}</option>`
}

/** A table with a heading a column. @param kind its class: `narrow` rows become blocks in a narrow window */
export function table(headings: readonly string[], rows: Content, kind?: 'narrow'): Html {
  const heads = headings.reduce((before, each) => html`${before}<th>${each}</th>`, html``)
  return html`<table${kind === undefined ? undefined : html` class="${kind}"`}><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table>`
}

/** A form that shows only what fits a text, of one account. */
export function searchFor(
  label: string,
  { path, account, text = '' }: { path: string; account: string; text?: string | undefined },
): Html {
  return html`<form class="filter" method="get" action="${linkTo(path)}"><input type="hidden" name="account" value="${account}">
${field(label, html`<input name="q" value="${text}">`)}<button class="plain">Filter</button></form>`
}

/** A labelled field of a form. */
export function field(label: string, input: Content, hint = ''): Html {
  return html`<label>${label}${hint === '' ? undefined : html` <small class="soft">${hint}</small>`}${input}</label>`
}
