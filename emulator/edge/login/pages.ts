/** The pages of the browser login. Titles and messages are Cloudflare's; the emulator's own texts are marked as such. */
import { type Html, html } from '../../http/html.ts'
import { errorTitle } from '../pages.ts'
import { card, hidden, own } from './card.ts'
import type { LoginDesign } from './design.ts'

const signInTitle = 'Sign in ・ Cloudflare Access'

/** What a login is for, as shown on its pages. */
export interface LoginDestination {
  /** Name of the application. */
  readonly name: string
  readonly hostname: string
  /** The organization's, if it has set one. */
  readonly design?: LoginDesign | undefined
}

function heading({ name, hostname }: LoginDestination): Html {
  const where =
    name === '' || name === hostname ? undefined : html`\n<p class="where">${hostname}</p>`
  return html`<h1>Sign in to ${name === '' ? hostname : name}</h1>${where}`
}

/** The form that requests a One-time PIN. */
export interface PinForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

export interface ProviderLink {
  readonly name: string
  readonly href: string
}

/** The list of identity providers: a form for the One-time PIN, links for the others. */
export function loginPage(
  destination: LoginDestination,
  pin: PinForm | undefined,
  others: readonly ProviderLink[],
): string {
  const parts = [heading(destination), ...waysToSignIn(pin, others)]
  return card(signInTitle, parts, destination.design)
}

export function waysToSignIn(
  pin: PinForm | undefined,
  others: readonly ProviderLink[],
): readonly Html[] {
  const links = others.map(({ name, href }) => html`<a class="button" href="${href}">${name}</a>`)
  const none = own(
    'No identity provider',
    'This application allows none of the configured providers, so no one can sign in.',
  )
  return [
    ...(pin === undefined ? [] : [pinForm(pin)]),
    ...(links.length === 0 ? [] : [html`<h2>Sign in with:</h2>`, ...links]),
    ...(pin === undefined && links.length === 0 ? [none] : []),
  ]
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

/** What the emulator shows about a PIN that Cloudflare would mail. */
export interface PinShown {
  readonly email: string
  /** Undefined if no policy admits the address. */
  readonly pin?: string
  /** When it expires, in words. */
  readonly until: string
  readonly isUsed: boolean
}

/** The page to enter the PIN. Apart from the emulator's box, it is the same for every address. */
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
    destination.design,
  )
}

function pinBox({ email, pin, until, isUsed }: PinShown): Html {
  if (pin === undefined) {
    return own(
      'The emulator sends no mail',
      `Cloudflare would not send any to ${email} either: no policy of this application admits that address. By design, it does not say so.`,
    )
  }
  const state = isUsed ? 'It has been used.' : `Valid once, until ${until}.`
  return own(
    'The emulator sends no mail',
    html`Cloudflare would send this code to ${email}: <output>${pin}</output> ${state}`,
  )
}

/** What was typed, to show again if the form has a mistake. */
export interface Typed {
  readonly email: string
  readonly name: string
  readonly groups: string
  readonly claims: string
}

export const nothingTyped: Typed = { email: '', name: '', groups: '', claims: '' }

/** Stands in for an identity provider: a form to enter the user who signs in. */
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
  `The real provider (${provider.type}) is not contacted. Enter who signs in, and what the provider would say about them.`,
)}
${problem === undefined ? undefined : html`<p role="alert"><strong>${problem}</strong></p>`}
<form method="post" action="/cdn-cgi/access/callback">
${hidden({ nonce })}
<label for="email">Email</label>
<input id="email" name="email" type="email" required autofocus maxlength="320" value="${typed.email}">
<label for="name">Name <small>(optional)</small></label>
<input id="name" name="name" value="${typed.name}">
<label for="groups">Groups <small>(optional, separated by commas)</small></label>
<input id="groups" name="groups" value="${typed.groups}">
<label for="claims">Claims or attributes <small>(optional, a JSON object)</small></label>
<textarea id="claims" name="claims" rows="3" spellcheck="false">${typed.claims}</textarea>
<button>Sign in</button>
</form>`,
    destination.design,
  )
}

/** A page with one message and perhaps a link. */
export function messagePage(heading: string, text: string, link?: ProviderLink): string {
  const button = link === undefined ? undefined : linkTo(link)
  return card(errorTitle, html`${messageOf(heading, text)}${button}`)
}

export function linkTo({ name, href }: ProviderLink): Html {
  return html`\n<a class="button" href="${href}">${name}</a>`
}

/** What the page says to a person whom no policy admits, or whose PIN is wrong. */
interface RefusedLogin {
  /** The application's `custom_deny_message`, in place of Cloudflare's (sign-in-custom-deny-message). */
  readonly message: string | undefined
  readonly why: string
  readonly ray: string
  /** Where the emulator explains it. */
  readonly link: string | undefined
  /** How to sign in as someone else. */
  readonly onwards: readonly Html[]
  readonly design: LoginDesign | undefined
}

export function refusedPage({ message, why, ray, link, onwards, design }: RefusedLogin): string {
  const body = [
    messageOf(message || 'That account does not have access.', ''),
    ...onwards,
    whyBox(why, ray, link),
  ]
  return card(errorTitle, body, design)
}

/** Why a person was refused, which Cloudflare would not say. @param why a sentence without its full stop @param link to the explanation */
export function whyBox(why: string, ray: string, link: string | undefined): Html {
  const more =
    link === undefined
      ? html`For more, open <code>/__access/requests/${ray}</code> at the emulator's own address.`
      : html`<a href="${link}">Show me.</a>`
  return own('The emulator knows why', html`${why}. ${more}`)
}

function messageOf(heading: string, text: string): Html {
  const paragraph = text === '' ? undefined : html`\n<p>${text}</p>`
  return html`<h1>${heading}</h1>${paragraph}`
}
