/** The words a failure mode is written in: what it sets, what to send to see it, what that is answered. Data only. */
import type { ApplicationBody } from '../api/applications.ts'
import type { OrganizationUpdate } from '../api/organization.ts'
import type { Decision } from '../api/policies.ts'
import type { Profile } from '../behaviours/behaviour.ts'
import type { Overrides } from '../behaviours/table.ts'
import type { FaultInput } from '../faults.ts'
import type { Rule } from '../rules.ts'
import type { Sources } from '../sources.ts'
import type { ExpectedAnswer } from './answer.ts'

/**
 * What a text of a recipe, a request or an answer may name in braces, as `{aud}`: of the application and service token
 * that the mode acts on, or of things that do not exist.
 */
export const placeholders = {
  host: 'the host of the application',
  aud: 'its AUD tag, the new one where it was made anew',
  first_aud: 'its AUD tag as clients know it',
  application_id: 'its id',
  service_token_id: 'the id of the service token',
  client_id: 'its client id',
  team: 'the team domain, the new one where the organization was renamed',
  first_team: 'the team domain as clients know it',
  unknown_team: 'a team domain that no organization has',
  unknown_aud: 'an AUD tag that no application has',
  unknown_id: 'a UUID that no object has',
  unknown_account_id: 'an account that the API token is not for',
  account_id: 'the account',
  zone_id: 'its first zone',
  zone: 'the name of that zone',
  login_nonce: 'the nonce of the login that is under way',
} as const
export type Placeholder = keyof typeof placeholders

/** Words for a rule: the API's own, or one that names what the mode acts on. */
export type RuleWord = Rule | 'the token' | 'another token'

export interface PolicyRecipe {
  readonly decision: Decision
  readonly include: readonly RuleWord[]
  readonly require?: readonly RuleWord[]
  readonly exclude?: readonly RuleWord[]
}

/** What happened to the service token after clients were given it. */
const tokenStates = {
  good: 'it authenticates',
  expired: 'its `expires_at` has passed',
  disabled: 'it has `enabled: false`',
  deleted: 'it was removed',
  rotated: 'it has a new secret, and the old one no grace',
} as const
export type TokenState = keyof typeof tokenStates

/** What happened to the application after clients came to know it. */
const laterEvents = {
  'delete the application': 'the application is removed',
  'make the application anew': 'the application is removed, and made again without policies',
  'revoke its tokens': 'every token of the application is revoked',
} as const
export type LaterEvent = keyof typeof laterEvents

/** An application token that the client holds from before the failure. */
export type HeldTokenRecipe = {
  /** Given to somebody whom `allowPeople` admits. Without it: for the service token. */
  readonly by?: 'a person'
  /** Made for a second application of the same policies. */
  readonly of?: 'another application'
  /** Claims that differ; times are seconds from now. */
  readonly times?: Readonly<Record<string, number>>
  readonly key?: 'unpublished'
}

/** A fault of the emulator's stack; `seconds` ends it so long after it was set, by the emulator's clock. */
export type FaultRecipe = Omit<FaultInput, 'mode' | 'until'> & { readonly seconds?: number }

/** What a mode sets. What it does not name is as in a good world. */
export interface Recipe {
  /** Fields of the application, in the API's words. `none`: no application covers the host. */
  readonly application?: Partial<ApplicationBody> | 'none'
  /** The host of the mode is this Worker, by the `worker_id` of destinations. */
  readonly worker?: string
  /** In order of precedence. Without it: Service Auth for the token. */
  readonly policies?: readonly PolicyRecipe[]
  readonly token?: TokenState
  readonly held?: HeldTokenRecipe
  /** Somebody with this address asked the team domain for a One-time PIN. */
  readonly login?: { readonly email: string }
  readonly later?: LaterEvent
  /** `none`: the account has not enabled Zero Trust. */
  readonly organization?: OrganizationUpdate | 'none'
  readonly behaviours?: Overrides
  readonly faults?: readonly FaultRecipe[]
}

/** Whom a request is sent to. */
export const addressees = {
  application: 'https://{host}',
  team: 'https://{team}',
  'first team': 'https://{first_team}',
  'unknown team': 'https://{unknown_team}',
  api: 'https://api.cloudflare.com/client/v4',
} as const
export type Addressee = keyof typeof addressees

/** What goes with a request as credentials. */
export const credentialKinds = {
  none: 'nothing',
  pair: 'CF-Access-Client-Id and CF-Access-Client-Secret',
  'wrong secret': 'the pair with a secret that is not the one',
  'unknown client id': 'a pair whose client id nobody made',
  'client id alone': 'CF-Access-Client-Id without its secret',
  'pasted header names': 'the pair, each value with the name of its header before it',
  'json header': 'the pair as JSON in the header Authorization',
  'json header in upper case':
    'the same with the keys CF-Access-Client-Id and CF-Access-Client-Secret',
  'pair and json header': 'the pair in its two headers and as JSON in Authorization',
  'held token as cookie': 'an application token from before, as the cookie CF_Authorization',
  'held token and its binding as cookies':
    'an application token from before and the CF_Binding that was set beside it, as cookies',
  'held token many times as cookie':
    'an application token from before as the cookie CF_Authorization, again and again until Cookie is longer than 128 KB',
  'held token as bearer': 'the same as Authorization: Bearer',
  'held token and wrong secret': 'the same as cookie, beside a pair with a wrong secret',
  'login session': 'the cookie CF_Session of the browser whose login is under way',
  'invented assertion': 'Cf-Access-Jwt-Assertion with a value that no key signed',
  'api token': 'Authorization: Bearer with the API token of the account',
  'malformed api token': 'Authorization: Bearer with a value that cannot be a token',
  'unknown api token': 'Authorization: Bearer with a token that nobody made',
} as const
export type SentCredentialKind = keyof typeof credentialKinds

/** A request, with placeholders. */
export interface RequestRecipe {
  /** Default: the application. */
  readonly to?: Addressee
  /** Another host than the addressee's. */
  readonly host?: string
  /** Default GET. */
  readonly method?: string
  /** Default `/`. */
  readonly path?: string
  /** Default none; to the API its token. */
  readonly credentials?: SentCredentialKind
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as a browser sends the fields of a form. */
  readonly form?: Readonly<Record<string, string>>
  /** The client follows redirects, as most do unless told not to. */
  readonly redirect?: 'follow'
}

export type AnswersByProfile = Readonly<Record<Profile, ExpectedAnswer>>

/** Another request that tells this mode from those that look like it. */
export interface Discriminator {
  readonly request: RequestRecipe
  readonly answer: AnswersByProfile
}

/** What a mode looks like to a client that has seen only the one answer. */
export const appearances = {
  empty_not_found: '404 with an empty body and no Access marks',
  application_page: 'the page "Unable to find your Access application!"',
  organization_page: 'the page "Unable to find your Access organization!"',
  unprotected: 'the origin answers, without Access marks',
  origin_answer: 'the origin answers after Access let the request in',
  login: '302 to the login, or the 403 of an application without one, whatever pair was sent',
  login_with_good_pair: '302 to the login, though `meta` says that the pair is good',
  blocked: '403 block page with Access marks',
  unauthorized: '401 from Access',
  token_refused: 'a verifier or the edge refuses the application token',
  api_not_found: 'a 404 of the API',
  api_refused: 'another refusal of the API',
  edge_error: 'an error that the edge or a tunnel made, without Access marks',
  cut: 'no whole answer, or a late one',
} as const
export type Appearance = keyof typeof appearances

/**
 * What shows it to one who looks from outside. `edge`: requests to the application or team host with what the client has,
 * at least which look-alikes it is one of. `api`: these and reading the account, exactly. `exchange`: the failing exchange
 * itself, request and answer, where the fault is in what was sent or in who answered. `browser`: its console or address
 * bar alone, for nothing of it is ever sent.
 */
export type Observable = 'edge' | 'api' | 'exchange' | 'browser'

export interface Mode {
  readonly title: string
  readonly cause: string
  readonly setup: Recipe
  readonly request: RequestRecipe
  readonly answer: AnswersByProfile
  /** In words: how a client recognises it. `(API)` marks what needs an API token. */
  readonly tell: string
  readonly discriminators?: readonly Discriminator[]
  /** What a browser makes of the answer, where that is the failure. */
  readonly browser?: string
  readonly fix: string
  /** Entries of the evidence register. */
  readonly source: Sources
  readonly observable_with: readonly Observable[]
  readonly alike: Appearance
}
