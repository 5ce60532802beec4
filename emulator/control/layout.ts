/** The layout of the control API's pages. They load nothing and run no scripts. */
import { createHash } from 'node:crypto'
import { type Content, Html, html } from '../http/html.ts'

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #6b6b6b; --good: #18794e; --bad: #c0362c; --turn: #946200 }
@media (prefers-color-scheme: dark) { :root { --soft: #9a9a9a; --good: #4cc38a; --bad: #ff8b7e; --turn: #f1a10d } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1rem; margin: 1.6rem 0 .4rem }
p, ul { margin: .4rem 0 } ol, ul { padding-left: 1.6rem; overflow-wrap: anywhere } ol li { margin: .7rem 0 } nav, .soft { color: var(--soft) }
table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: 500; color: var(--soft) }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.path, code { overflow-wrap: anywhere } code, .status { font-family: ui-monospace, monospace; font-size: .93em }
.good { color: var(--good) } .bad { color: var(--bad) } .turn { color: var(--turn) }
a { color: inherit; text-decoration-color: var(--soft) }
`

const styleHash = createHash('sha256').update(style).digest('base64')

export interface PageParts {
  readonly title: string
  readonly body: Content
  /** Seconds after which the browser reloads. */
  readonly refresh?: number | undefined
}

/** Makes the browser show everything that requests put into the journal as plain text. */
const headers = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

export function page({ title, body, refresh }: PageParts) {
  const whole = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh === undefined ? undefined : html`<meta http-equiv="refresh" content="${refresh}">`}
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
