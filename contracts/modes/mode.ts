/** The vocabulary of a failure mode: what to set up, which request to send, which answer to expect. Data only. */
import type { ApiTokenBody } from '../api/api-tokens.ts'
import type { ApplicationBody } from '../api/applications.ts'
import type { OrganizationUpdate } from '../api/organization.ts'
import type { Decision } from '../api/policies.ts'
import type { Rule } from '../api/rules.ts'
import type { Profile } from '../behaviours/behaviour.ts'
import type { Overrides } from '../behaviours/table.ts'
import type { ExpectedAnswer } from '../control/expected-answer.ts'
import type { FaultInput } from '../control/faults.ts'
import type { Sources } from '../evidence/sources.ts'

/**
 * Placeholders that strings in recipes, requests and answers may contain, such as `{aud}`. They refer to the application
 * and service token that the mode acts on, or to things that do not exist.
 */
export const placeholders = {
  host: 'the host of the application',
  aud: 'its AUD tag (the new one after it was recreated)',
  first_aud: 'the AUD tag that clients know',
  application_id: 'its id',
  service_token_id: 'the id of the service token',
  client_id: 'its client id',
  team: 'the team domain (the new one after the organization was renamed)',
  first_team: 'the team domain that clients know',
  unknown_team: 'a team domain that no organization has',
  unknown_aud: 'an AUD tag that no application has',
  unknown_id: 'a UUID that no object has',
  unknown_account_id: 'an account that the API token has no access to',
  account_id: 'the account',
  zone_id: 'its first zone',
  zone: 'the name of that zone',
  login_nonce: 'the nonce of the login in progress',
  oauth_client_id: 'the id of the OAuth client: a registered one, or that of the SaaS application',
  oauth_client_secret: 'the secret of the SaaS application',
  oauth_code: 'an authorization code that this client got for a person',
  oauth_refresh_token: 'a refresh token that it got',
  transfer_key: 'a public key whose sign-in was never approved',
} as const
export type Placeholder = keyof typeof placeholders

/** A rule, either in the API's own form or as a reference to what the mode acts on. */
export type RuleWord = Rule | 'the token' | 'another token'

export interface PolicyRecipe {
  readonly decision: Decision
  readonly include: readonly RuleWord[]
  readonly require?: readonly RuleWord[]
  readonly exclude?: readonly RuleWord[]
}

/** What happened to the service token after it was handed to clients. */
const tokenStates = {
  good: 'it authenticates',
  expired: 'its `expires_at` has passed',
  disabled: 'it has `enabled: false`',
  deleted: 'it was deleted',
  rotated: 'it has a new secret, and the grace period of the old one is over',
} as const
export type TokenState = keyof typeof tokenStates

/** What happened to the application after clients learned its AUD tag. */
const laterEvents = {
  'delete the application': 'the application is deleted',
  'recreate the application': 'the application is deleted and recreated without policies',
  'revoke its tokens': 'every token of the application is revoked',
  'close registration': 'no application of the account lets OAuth clients register themselves',
} as const
export type LaterEvent = keyof typeof laterEvents

/** An application token that the client got before the failure. */
export type HeldTokenRecipe = {
  /** Issued to a person whom `allowPeople` admits. Default: issued for the service token. */
  readonly by?: 'a person'
  /** Issued for a second application with the same policies. */
  readonly of?: 'another application'
  /** Claims to override; times are seconds from now. */
  readonly times?: Readonly<Record<string, number>>
  readonly key?: 'unpublished'
}

/** An OAuth client as it was before the failure: registered with the team, or that of the SaaS application. */
export interface OauthClientRecipe {
  readonly redirect_uri: string
  /** What it received for a user admitted by `allowPeople`. Default: nothing yet. */
  readonly got?: 'a code' | 'tokens'
  /** How long ago it got that, in seconds. Default: just now. */
  readonly ago?: number
}

/** A fault for the emulator's fault stack; it ends `seconds` after it was set, by the emulator's clock. */
export type FaultRecipe = Omit<FaultInput, 'mode' | 'until'> & { readonly seconds?: number }

/** What a mode sets up. Everything that it does not mention is in working order. */
export interface Recipe {
  /** Fields of the application, as the API names them. `none`: no application covers the host. */
  readonly application?: Partial<ApplicationBody> | 'none'
  /** The mode's host is this Worker, named as in the `worker_id` of a destination. */
  readonly worker?: string
  /** In order of precedence. Default: a Service Auth policy for the token. */
  readonly policies?: readonly PolicyRecipe[]
  readonly token?: TokenState
  readonly held?: HeldTokenRecipe
  readonly client?: OauthClientRecipe
  /** A person with this address has asked the team domain for a One-time PIN. */
  readonly login?: { readonly email: string }
  /** The account has another API token, with every permission, that may not be used. */
  readonly apiToken?: Partial<Pick<ApiTokenBody, 'status' | 'condition'>>
  readonly later?: LaterEvent
  /** `none`: the account has not enabled Zero Trust. */
  readonly organization?: OrganizationUpdate | 'none'
  readonly behaviours?: Overrides
  readonly faults?: readonly FaultRecipe[]
}

/** Where a request is sent. */
export const addressees = {
  application: 'https://{host}',
  team: 'https://{team}',
  'first team': 'https://{first_team}',
  'unknown team': 'https://{unknown_team}',
  api: 'https://api.cloudflare.com/client/v4',
  'transfer service': 'https://login.cloudflareaccess.org',
} as const
export type Addressee = keyof typeof addressees

/** The credentials sent with a request. */
export const credentialKinds = {
  none: 'nothing',
  pair: 'CF-Access-Client-Id and CF-Access-Client-Secret',
  'wrong secret': 'the pair with a wrong secret',
  'unknown client id': 'a pair whose client id does not exist',
  'client id alone': 'CF-Access-Client-Id without its secret',
  'pasted header names': 'the pair, with the header name pasted into each value',
  'json header': 'the pair as JSON in the Authorization header',
  'json header in upper case':
    'the same with the keys CF-Access-Client-Id and CF-Access-Client-Secret',
  'pair and json header': 'the pair in its two headers and again as JSON in Authorization',
  'held token as cookie': 'an application token obtained earlier, as the CF_Authorization cookie',
  'held token and its binding as cookies':
    'an application token obtained earlier and the CF_Binding set with it, as cookies',
  'held token many times as cookie':
    'an application token obtained earlier as the CF_Authorization cookie, repeated until the Cookie header exceeds 128 KB',
  'held token as bearer': 'an application token obtained earlier, as Authorization: Bearer',
  'held token and wrong secret':
    'an application token obtained earlier as the CF_Authorization cookie, plus a pair with a wrong secret',
  'OAuth access token as bearer':
    'the access token that the OAuth client got, as Authorization: Bearer',
  'login session': 'the CF_Session cookie of the browser whose login is in progress',
  'invented assertion': 'Cf-Access-Jwt-Assertion with a made-up value',
  'api token': 'Authorization: Bearer with the account’s API token',
  'malformed api token': 'Authorization: Bearer with a value that cannot be an API token',
  'unusable api token': 'Authorization: Bearer with the API token that may not be used',
  'unknown api token': 'Authorization: Bearer with an API token that does not exist',
} as const
export type SentCredentialKind = keyof typeof credentialKinds

/** A request, with placeholders. */
export interface RequestRecipe {
  /** Default: the application. */
  readonly to?: Addressee
  /** Overrides the addressee's host. */
  readonly host?: string
  /** Default GET. */
  readonly method?: string
  /** Default `/`. */
  readonly path?: string
  /** Default: none; for the API, the API token. */
  readonly credentials?: SentCredentialKind
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent the way a browser submits a form. */
  readonly form?: Readonly<Record<string, string>>
  /** The client follows redirects, as most clients do by default. */
  readonly redirect?: 'follow'
}

export type AnswersByProfile = Readonly<Record<Profile, ExpectedAnswer>>

/** Another request, whose answer distinguishes this mode from its look-alikes. */
export interface Discriminator {
  readonly request: RequestRecipe
  readonly answer: AnswersByProfile
}

/** What a mode looks like to a client that has seen only one answer. */
export const appearances = {
  empty_not_found: '404 with an empty body and no Access marks',
  application_page: 'the page "Unable to find your Access application!"',
  organization_page: 'the page "Unable to find your Access organization!"',
  unprotected: 'the origin answers, without Access marks',
  origin_answer: 'the origin answers after Access let the request in',
  login: '302 to the login (or 403 if the application has no login), regardless of the pair sent',
  login_with_good_pair: '302 to the login, although `meta` says that the pair is good',
  blocked: '403 block page with Access marks',
  unauthorized: '401 from Access',
  token_refused: 'a verifier or the edge refuses the application token',
  undiscovered: 'cloudflared finds no application on the host',
  not_transferred: 'a poll of the transfer service brings no tokens',
  registration_refused: 'an OAuth client cannot register itself',
  callback_error: 'an OAuth authorization ends at the callback with an error',
  unusable: 'Access answers 200, and the client cannot use what it got',
  api_not_found: '404 from the API',
  api_refused: 'another error from the API',
  edge_error: 'an error from the edge or a tunnel, without Access marks',
  cut: 'an incomplete answer, a late one, or none at all',
} as const
export type Appearance = keyof typeof appearances

/**
 * What it takes to identify the mode. `edge`: requests to the application or team host with the client's credentials
 * narrow it down to its look-alikes at least. `api`: those plus reading the account identify it exactly. `exchange`: the
 * failing exchange itself, where the fault lies in what was sent or in what answered. `browser`: only the browser's
 * console or address bar, because nothing about it is ever sent.
 */
export type Observable = 'edge' | 'api' | 'exchange' | 'browser'

export interface Mode {
  readonly title: string
  readonly cause: string
  readonly setup: Recipe
  readonly request: RequestRecipe
  readonly answer: AnswersByProfile
  /** How a client recognises it, in words. `(API)` marks what needs an API token. */
  readonly tell: string
  readonly discriminators?: readonly Discriminator[]
  /** How a browser handles the response, if that is the failure. */
  readonly browser?: string
  readonly fix: string
  /** Entries of the evidence register. */
  readonly source: Sources
  readonly observable_with: readonly Observable[]
  readonly alike: Appearance
}
