/** The page of requests, newest first: all of them, or those of one application, one host or one verdict. */
import type { JournalEntry } from '../../../contracts/control/shapes.ts'
import { isFailure } from '../../../contracts/errors/errors.ts'
import type { RememberedEntry } from '../../account/journal.ts'
import { type Html, html } from '../../http/html.ts'
import type { ControlHandler } from '../context.ts'
import { entryOf } from '../entry.ts'
import { rememberedBy } from '../journal.ts'
import { call } from './call.ts'
import { asideInWords, folded, type Line } from './folding.ts'
import { groupOf, type RequestGroup } from './groups.ts'
import { accountsOf, page } from './layout.ts'
import {
  addressOf,
  field,
  linkTo,
  option,
  root,
  shortened,
  statusOf,
  verdictOf,
  words,
} from './parts.ts'

/** The most lines that one page has. */
const most = 200

export const journalPage: ControlHandler<'journalPage'> = async ({ query }, context) => {
  const remembered = await rememberedBy(query, context)
  if (isFailure(remembered)) return remembered
  const { account: id, host, refresh, verdict, of } = query
  const account = id === undefined ? undefined : context.accounts.byId(id)
  const grouped = remembered.map((each) => ({ each, group: groupOf(each) })).reverse()
  const found = grouped.filter(
    ({ each, group }) =>
      (!host || each.answered.host === host) &&
      (!of || group.id === of) &&
      (!verdict || isOfVerdict(each, verdict)),
  )
  const lines = folded(entriesOf(found), most)
  const body = html`<h1>Requests</h1>
${accountsOf('', account, context)}
${filter(query)}
<div id="requests" data-live>
${groupLinks(grouped, query)}
${lines.length === 0 ? nothing(remembered.length) : listOf(lines)}
</div>
<p>${call({ operation: 'clearJournal', query: { account: id } }, 'Clear the list')}<noscript><a href="${linkTo('', { ...filled(query), refresh: '2' })}">Reload every two seconds</a></noscript></p>`
  const title = account === undefined ? 'Requests' : `Requests of ${account.name}`
  return page({ title, body, place: '', account, refresh }, context)
}

interface GroupedEntry {
  readonly each: RememberedEntry
  readonly group: RequestGroup
}

/** Turned into words one by one, as they are needed. */
function* entriesOf(found: readonly GroupedEntry[]): Iterable<JournalEntry> {
  for (const { each } of found) yield entryOf(each)
}

type JournalQuery = Parameters<ControlHandler<'journalPage'>>[0]['query']

function filled({ account, host, verdict, of }: JournalQuery) {
  return { account, host, verdict, of }
}

function isOfVerdict({ answered: { status }, evaluation }: RememberedEntry, wanted: string) {
  return wanted === 'refused' ? status >= 400 || status === 0 : evaluation?.verdict.kind === wanted
}

interface CountedGroup {
  readonly group: RequestGroup
  readonly all: number
  readonly refused: number
}

/** What the requests were for, each with how many there were and how many of them were refused. */
function groupLinks(grouped: readonly GroupedEntry[], query: JournalQuery): Html | undefined {
  const counts = new Map<string, CountedGroup>()
  for (const { each, group } of grouped) {
    const { all, refused } = counts.get(group.id) ?? { all: 0, refused: 0 }
    const isRefused = isOfVerdict(each, 'refused')
    counts.set(group.id, { group, all: all + 1, refused: refused + (isRefused ? 1 : 0) })
  }
  if (counts.size === 0) return undefined
  const link = (id: string | undefined, name: string, text: string) => {
    const current = query.of === id ? html` aria-current="true"` : undefined
    return html`<li><a href="${linkTo('', { ...filled(query), of: id })}"${current}>${name} <span class="soft">${text}</span></a></li>`
  }
  const sorted = [...counts.values()].sort((a, b) => a.group.name.localeCompare(b.group.name))
  const links = sorted.map(({ group, all, refused }) =>
    link(group.id, group.name, refused === 0 ? `${all}` : `${all}, ${refused} refused`),
  )
  return html`<nav aria-label="By application"><ul class="chips">${[link(undefined, 'All', `${grouped.length}`), ...links]}</ul></nav>`
}

function filter({ account, host, verdict, of }: JournalQuery): Html {
  const kept = Object.entries({ account, of }).flatMap(([name, value]) =>
    value === undefined ? [] : [html`<input type="hidden" name="${name}" value="${value}">`],
  )
  const verdicts = html`<select name="verdict">${[
    option('', 'any', verdict),
    option('refused', 'refused', verdict),
    option('deny', 'denied by policies', verdict),
    option('login', 'sent to the login', verdict),
    option('pass', 'let in', verdict),
  ]}</select>`
  return html`<form class="filter" method="get" action="${root}">${kept}
${field('Host', html`<input name="host" value="${host ?? ''}">`)}
${field('Verdict', verdicts)}
<button class="plain">Filter</button></form>`
}

function nothing(all: number): Html {
  return all > 0
    ? html`<p>No request fits the filter.</p>`
    : html`<p>No requests yet. Requests to the API, the team domain and the hosts of your zones
appear here, each with the reason for its answer. <a href="${linkTo('/try')}">Try one</a>.</p>`
}

function listOf(lines: readonly Line[]): Html {
  return html`<ol class="rows">${lines.slice(0, most).map(lineOf)}</ol>
${lines.length > most ? html`<p class="soft">Earlier ones are not shown: <code>GET ${root}/journal</code> has them.</p>` : undefined}`
}

function lineOf(line: Line): Html {
  if (line.kind === 'request') return requestLine(line)
  const { entries } = line
  const [only] = entries
  if (only !== undefined && entries.length === 1) return requestLine(alone(only))
  return html`<li class="folded"><details><summary class="soft">${asideInWords(line)}</summary><ol class="rows">${entries.map((each) => requestLine(alone(each)))}</ol></details></li>`
}

function alone(entry: JournalEntry): LoneRequest {
  return { kind: 'request', entry, count: 1, oldest: entry.ray }
}

type LoneRequest = Line & { kind: 'request' }

function requestLine({ entry, count, oldest }: LoneRequest): Html {
  const times = count === 1 ? undefined : html` <span class="soft">×${count}</span>`
  return html`<li id="r-${oldest}"><span class="soft">${entry.at.slice(11, 23)}</span>${statusOf(entry)}<a href="${linkTo(`/requests/${entry.ray}`)}">${entry.method} ${shortened(addressOf(entry))}${times}</a><span>${entry.verdict === null ? undefined : verdictOf(entry.verdict)} ${reasonOf(entry)}</span></li>`
}

function reasonOf({ mode, fault, trail, reason, verdict, why, status }: JournalEntry): string {
  if (mode !== null) return `mode ${mode}`
  if (fault !== null) return `fault ${fault}`
  if (verdict === null && trail.length === 0) return reason === null && status < 400 ? '' : why
  const last = trail.at(-1)
  // For a pass, and for a rule whose outcome was counted differently, the policy's own step has the reason.
  const isOfPolicy = verdict === 'pass' || last?.counted_as !== undefined
  const deciding = isOfPolicy ? trail.findLast(({ rule }) => rule === undefined) : last
  return words(deciding?.reason ?? '')
}
