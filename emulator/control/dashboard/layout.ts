/** The frame of every page: what the emulator is right now, the way to the other pages, and what a page may load. */
import { createHash } from 'node:crypto'
import type { Account } from '../../account/account.ts'
import { type Content, Html, html } from '../../http/html.ts'
import type { ControlContext } from '../context.ts'
import { linkTo } from './parts.ts'
import { style } from './style.ts'

const styleHash = createHash('sha256').update(style).digest('base64')

/** The pages that others lead to, in the order of their links. */
const places = {
  '': 'Requests',
  '/applications': 'Applications',
  '/try': 'Try a request',
  '/failure-modes': 'Failure modes',
  '/inbox': 'Inbox',
  '/flows': 'Sign-ins by programs',
  '/credentials': 'Credentials',
  '/settings': 'Clock and behaviours',
} as const
type Place = keyof typeof places

export interface PageParts {
  readonly title: string
  readonly body: Content
  readonly place: Place
  /** The account that the page is about; undefined: all of them. */
  readonly account: Account | undefined
  /** Seconds after which a browser without scripts reloads. */
  readonly refresh?: number | undefined
}

/** Makes the browser show everything that requests put into the journal as plain text. */
const headers = {
  'content-security-policy': `default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  // Not `no-referrer`: the sign-in form would then name no origin.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

export function page({ title, body, place, account, refresh }: PageParts, context: ControlContext) {
  const links = Object.entries(places).map(([path, name]) => {
    const href = linkTo(path, { account: account?.id })
    const current = path === place ? html` aria-current="page"` : undefined
    return html`<li><a href="${href}"${current}>${name}</a></li>`
  })
  return document(
    title,
    html`<header>
<div class="brand"><strong>Access emulator</strong>${standing(account ?? context.accounts.first(), context)}</div>
<nav aria-label="Pages"><ul>${links}</ul></nav>
</header>
<main>
${body}
</main>
<aside class="done" id="done" aria-label="What the last action did" aria-live="polite" tabindex="-1" hidden></aside>
<script src="${linkTo('/dashboard.js')}" defer></script>`,
    refresh,
  )
}

/** A page without the frame. */
export function document(title: string, body: Content, refresh?: number) {
  const whole = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh === undefined ? undefined : html`<noscript><meta http-equiv="refresh" content="${refresh}"></noscript>`}
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
${body}
</body>
</html>
`
  return { result: whole.text, headers }
}

function standing(
  account: Account | undefined,
  { profile, seedName, world }: ControlContext,
): Html {
  const { now, mode } = world.clock.state()
  const overrides = Object.entries(account?.overrides() ?? {}).map(
    ([name, value]) => `${name}=${value}`,
  )
  const modes = [...(account?.modes.keys() ?? [])]
  const whose = account === undefined ? 'no account' : `account ${account.name}`
  return html`<span class="soft" id="standing" data-live>profile <b>${profile}</b> · seed <b>${seedName}</b> · ${whose} · clock ${new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')} (${mode})
${overrides.length === 0 ? undefined : html`<br>behaviours set: <code>${overrides.join(', ')}</code>`}
${modes.length === 0 ? undefined : html`<br>failure modes set: <code>${modes.join(', ')}</code>`}</span>`
}

/** Links to the same page for each account, if there are several. */
export function accountsOf(
  path: string,
  account: Account | undefined,
  { accounts }: Pick<ControlContext, 'accounts'>,
): Html | undefined {
  const all = accounts.all()
  if (all.length < 2) return undefined
  const link = (name: string, id: string | undefined) => {
    const current = id === account?.id ? html` aria-current="true"` : undefined
    return html`<li><a href="${linkTo(path, { account: id })}"${current}>${name}</a></li>`
  }
  return html`<nav aria-label="Accounts"><ul class="chips">${[link('All accounts', undefined), ...all.map(({ name, id }) => link(name, id))]}</ul></nav>`
}
