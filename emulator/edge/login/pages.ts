/** The pages of the browser login. Titles and messages are Cloudflare's; what is the emulator's own says so. */
import { type Html, html } from '../../http/html.ts'
import { errorTitle } from '../pages.ts'
import { card, hidden, own } from './card.ts'

const signInTitle = 'Sign in ・ Cloudflare Access'

/** What a login is for, as its pages name it. */
export interface LoginDestination {
  /** Of the application. */
  readonly name: string
  readonly hostname: string
}

function heading({ name, hostname }: LoginDestination): Html {
  const where =
    name === '' || name === hostname ? undefined : html`\n<p class="where">${hostname}</p>`
  return html`<h1>Sign in to ${name === '' ? hostname : name}</h1>${where}`
}

/** Where the address for a One-time PIN goes, and what goes with it. */
export interface PinForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

export interface ProviderLink {
  readonly name: string
  readonly href: string
}

/** The list of identity providers; One-time PIN is a form, the others are links. */
export function loginPage(
  destination: LoginDestination,
  pin: PinForm | undefined,
  others: readonly ProviderLink[],
): string {
  const links = others.map(({ name, href }) => html`<a class="button" href="${href}">${name}</a>`)
  const none = own(
    'No identity provider',
    'None is configured that this application allows: nobody can sign in.',
  )
  const parts = [
    heading(destination),
    ...(pin === undefined ? [] : [pinForm(pin)]),
    ...(links.length === 0 ? [] : [html`<h2>Sign in with:</h2>`, ...links]),
    ...(pin === undefined && links.length === 0 ? [none] : []),
  ]
  return card(signInTitle, parts)
}

function pinForm({ action, fields }: PinForm): Html {
  return html`<h2>Get a login code emailed to you</h2>
<form method="post" action="${action}">
${hidden(fields)}
<label for="email">Email</label>
<input id="email" name="email" type="email" required autofocus autocomplete="email" maxlength="320">
<button>Send me a code</button>
</form>`
}

/** What the emulator knows of a PIN that live would mail. */
export interface PinShown {
  readonly email: string
  /** None where no policy admits the address. */
  readonly pin?: string
  /** A moment, in words. */
  readonly until: string
  readonly isUsed: boolean
}

/** The page that asks for the PIN. Its own words are the same for everyone; only the emulator's box knows more. */
export function pinPage(
  destination: LoginDestination,
  nonce: string,
  newCode: string,
  known: PinShown | undefined,
): string {
  return card(
    signInTitle,
    html`${heading(destination)}
<p>A code has been emailed to you. Enter it below to sign in.</p>
<form method="post" action="/cdn-cgi/access/callback">
${hidden({ nonce })}
<label for="code">Code</label>
<input id="code" class="code" name="code" required autofocus inputmode="numeric" autocomplete="one-time-code" maxlength="6">
<button>Sign in</button>
</form>
<a class="button" href="${newCode}">Request new code</a>
${known === undefined ? undefined : pinBox(known)}`,
  )
}

function pinBox({ email, pin, until, isUsed }: PinShown): Html {
  if (pin === undefined) {
    return own(
      'The emulator sends no mail',
      `Cloudflare would send none either to ${email}: no policy of this application admits that address. It does not say so, by design.`,
    )
  }
  const state = isUsed ? 'It has been used.' : `Good once, until ${until}.`
  return own(
    'The emulator sends no mail',
    html`The code that Cloudflare would send to ${email}: <output>${pin}</output> ${state}`,
  )
}

/** What was typed, where the form comes back. */
export interface Typed {
  readonly email: string
  readonly name: string
  readonly groups: string
  readonly claims: string
}

export const nothingTyped: Typed = { email: '', name: '', groups: '', claims: '' }

/** In place of an identity provider: whoever sits there says who signs in. */
export function standInPage(
  destination: LoginDestination,
  provider: { readonly name: string; readonly type: string },
  nonce: string,
  typed: Typed,
  problem: string | undefined,
): string {
  return card(
    signInTitle,
    html`${heading(destination)}
${own(
  `The emulator’s stand-in for ${provider.name}`,
  `The real provider (${provider.type}) is not asked. Say who signs in, and what it would say of them.`,
)}
${problem === undefined ? undefined : html`<p role="alert"><strong>${problem}</strong></p>`}
<form method="post" action="/cdn-cgi/access/callback">
${hidden({ nonce })}
<label for="email">Email</label>
<input id="email" name="email" type="email" required autofocus maxlength="320" value="${typed.email}">
<label for="name">Name <small>(optional)</small></label>
<input id="name" name="name" value="${typed.name}">
<label for="groups">Groups <small>(optional, with commas between)</small></label>
<input id="groups" name="groups" value="${typed.groups}">
<label for="claims">Claims or attributes <small>(optional, a JSON object)</small></label>
<textarea id="claims" name="claims" rows="3" spellcheck="false">${typed.claims}</textarea>
<button>Sign in</button>
</form>`,
  )
}

/** A page that says one thing, and perhaps where to go from there. */
export function messagePage(heading: string, text: string, link?: ProviderLink): string {
  const way =
    link === undefined ? undefined : html`\n<a class="button" href="${link.href}">${link.name}</a>`
  return card(errorTitle, html`${messageOf(heading, text)}${way}`)
}

/** Of a person whom no policy admits, or whose code is wrong. */
export function refusedPage(text: string, ray: string): string {
  const why = own(
    'Why, says the emulator',
    html`Open <code>/__access/requests/${ray}</code> at the address where the emulator listens.`,
  )
  return card(errorTitle, [messageOf('That account does not have access.', text), why])
}

function messageOf(heading: string, text: string): Html {
  const said = text === '' ? undefined : html`\n<p>${text}</p>`
  return html`<h1>${heading}</h1>${said}`
}
