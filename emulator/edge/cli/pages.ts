/** The approval pages. Cloudflare's own are not known, so all texts are the emulator's. */
import { Html, html } from '../../http/html.ts'
import { card, hidden } from '../login/card.ts'
import { whyBox } from '../login/pages.ts'
import { errorTitle } from '../pages.ts'

const title = 'Approve ・ Cloudflare Access'

export interface Asked {
  /** Name of the application; may be empty. */
  readonly name: string
  readonly hostname: string
  readonly email: string
}

/** The application by its name, if it has one of its own, and its host. */
function named({ name, hostname }: Omit<Asked, 'email'>): Html {
  const own = name === '' || name === hostname ? undefined : html`<strong>${name}</strong>, `
  return html`${own}<strong>${hostname}</strong>`
}

export function approvalPage(asked: Asked, action: string, nonce: string) {
  return card(
    title,
    html`<h1>Let a program sign in as you?</h1>
<p>A program, such as cloudflared, asks for your token of ${named(asked)}. With it, the program is <strong>${asked.email}</strong> there.</p>
<p>Approve only what you have just started yourself.</p>
${approvalForm(action, nonce)}`,
  )
}

export function approvalForm(action: string, nonce: string): Html {
  return html`<form method="post" action="${action}">
${hidden({ nonce })}
<button>Approve</button>
</form>`
}

/** Browsers close only windows that a script opened; if it stays open, the page says that it may be closed. */
export const closesWindow = 'window.close()'

export function successPage(asked: Asked, closes: boolean) {
  const script = closes ? html`\n<script>${new Html(closesWindow)}</script>` : undefined
  return card(
    'Success ・ Cloudflare Access',
    html`<h1>You are signed in</h1>
<p>The program has your token of ${named(asked)}. You may close this window.</p>${script}`,
  )
}

/** The block page in the words of Cloudflare's, with the emulator's box and a way back. */
export function deniedPage(
  asked: Omit<Asked, 'email'>,
  why: string,
  ray: string,
  link: string | undefined,
) {
  return card(
    errorTitle,
    html`<h1>Forbidden</h1>
<p>You don't have permission to view this, so no program gets your token of ${named(asked)}.</p>
<a class="button" href="/">Back to ${asked.hostname}</a>
${whyBox(why, ray, link)}`,
  )
}
