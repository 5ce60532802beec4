/** The approval pages. Cloudflare's own are not known, so all texts are the emulator's. */
import { Html, html } from '../../http/html.ts'
import { card, hidden } from '../login/card.ts'

const title = 'Approve ・ Cloudflare Access'

export interface Asked {
  /** Name of the application; may be empty. */
  readonly name: string
  readonly hostname: string
  readonly email: string
}

export function approvalPage({ name, hostname, email }: Asked, action: string, nonce: string) {
  const where = name === '' || name === hostname ? undefined : html`<strong>${name}</strong>, `
  return card(
    title,
    html`<h1>Let a program sign in as you?</h1>
<p>A program, such as cloudflared, asks for your token of ${where}<strong>${hostname}</strong>. With it, the program is <strong>${email}</strong> there.</p>
<p>Approve only what you have just started yourself.</p>
<form method="post" action="${action}">
${hidden({ nonce })}
<button>Approve</button>
</form>`,
  )
}

/** Browsers close only windows that a script opened; if it stays open, the page says that it may be closed. */
export const closesWindow = 'window.close()'

export function successPage({ name, hostname }: Asked, closes: boolean) {
  const script = closes ? html`\n<script>${new Html(closesWindow)}</script>` : undefined
  return card(
    'Success ・ Cloudflare Access',
    html`<h1>You are signed in</h1>
<p>The program has your token of ${name === '' ? hostname : name}. You may close this window.</p>${script}`,
  )
}
