/** Reads the application tokens in a request: finds the valid one, or why none is. */
import type { ApplicationTokenClaims } from '../../contracts/edge/claims.ts'
import { cookieNames } from '../../contracts/edge/endpoints.ts'
import { cookieValues } from '../../contracts/http/cookies.ts'
import type { TokenReason } from '../../contracts/reasons/table.ts'
import { type HeaderValues, sentTokens } from '../access/credentials.ts'
import { managedOauthOf } from '../access/oauth.ts'
import type { Holder, RefusedToken } from '../access/subject.ts'
import { tokenProblem } from '../access/tokens.ts'
import type { ApplicationRow } from '../state/rows.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { isBound } from './binding.ts'
import { holderOf } from './holder.ts'
import { publishedKeys } from './keys.ts'
import { readOauthBearer } from './oauth-bearer.ts'
import { issuerOf } from './organization.ts'
import { userRevokedAt } from './users.ts'

export interface SentToken {
  /** As sent. */
  readonly token: string
  readonly claims: ApplicationTokenClaims
}

export interface AcceptedToken extends SentToken {
  readonly holder: Holder
}

/** At most one of the two; neither if no token was sent. */
export interface SentTokens {
  readonly held: AcceptedToken | undefined
  readonly refused: RefusedToken | undefined
}

export interface TokenReading {
  readonly account: AccountBase
  readonly world: World
  readonly application: ApplicationRow
  readonly headers: HeaderValues
}

const nothing: SentTokens = { held: undefined, refused: undefined }

/** The first valid token; if none is, the first that Access signed, and what is wrong with it. */
export async function readSentTokens(
  account: AccountBase,
  world: World,
  { application, headers }: Pick<TokenReading, 'application' | 'headers'>,
  hasPair: boolean,
): Promise<SentTokens> {
  const asked = { account, world, application, headers }
  const assertionHeader = account.behaviour('application_token.assertion_header')
  const sent = sentTokens(headers, { assertionHeader })
  const found = sent.length === 0 ? nothing : await firstGood(asked, sent)
  if (found.held !== undefined) return found
  if (managedOauthOf(application) !== undefined) {
    const bearer = await readOauthBearer(asked)
    if (bearer !== undefined) {
      return 'holder' in bearer
        ? { held: bearer, refused: undefined }
        : { held: undefined, refused: bearer }
    }
  }
  return sent.length > 0 || hasPair ? found : await sentAsBearer(asked)
}

async function firstGood(asked: TokenReading, sent: readonly string[]): Promise<SentTokens> {
  const { account, world } = asked
  const keys = await publishedKeys(account, world)
  let refused: RefusedToken = { reason: 'jwt_unverified' }
  for (const token of sent) {
    const claims = await account.signatures.verify(token, keys.list)
    if (claims === undefined) continue
    const read = readSigned(asked, { token, claims })
    if ('holder' in read) return { held: read, refused: undefined }
    if (refused.signed === undefined) refused = read
  }
  return { held: undefined, refused }
}

/** Not accepted as a credential (edge-bearer-not-read); read only so that the journal can say what is wrong. */
async function sentAsBearer(asked: TokenReading): Promise<SentTokens> {
  const { account, world, headers } = asked
  const [authorization = ''] = headers('authorization')
  const token = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1]
  if (token === undefined) return nothing
  const keys = await publishedKeys(account, world)
  const claims = await account.signatures.verify(token, keys.list)
  if (claims === undefined) return nothing
  const read = readSigned(asked, { token, claims })
  return {
    held: undefined,
    refused: 'holder' in read ? { reason: 'jwt_sent_as_bearer', signed: read } : read,
  }
}

/** Reads a token that Access signed: its holder, or why it is not accepted here. */
function readSigned(asked: TokenReading, sent: SentToken): AcceptedToken | RefusedToken {
  const { token, claims } = sent
  const problem = problemOf(asked, sent)
  const holder = holderOf(asked.account, asked.world, claims)
  if (typeof holder === 'string') return { reason: problem ?? holder }
  return problem === undefined
    ? { token, claims, holder }
    : { reason: problem, signed: { claims, holder } }
}

function problemOf(
  { account, world, application, headers }: TokenReading,
  { token, claims }: SentToken,
): TokenReason | undefined {
  const problem = tokenProblem(claims, {
    iss: issuerOf(account),
    aud: application.aud,
    nowMs: world.now(),
    revokedAt: revokedAt(account, application, claims.sub),
  })
  if (problem === 'jwt_of_other_application') return audienceProblem(account, claims)
  if (problem !== undefined || !needsBinding(account, application, claims)) return problem
  const bindings = cookieValues(headers('cookie'), cookieNames.binding)
  return isBound(world, token, bindings) ? undefined : 'jwt_not_bound'
}

/** Tells other applications from deleted ones, which a token may outlive. */
function audienceProblem(account: AccountBase, { aud }: ApplicationTokenClaims): TokenReason {
  const isKnown = [aud]
    .flat()
    .some((tag) => account.state.tables.applications.by('aud', tag).length > 0)
  return isKnown ? 'jwt_of_other_application' : 'jwt_of_unknown_application'
}

function needsBinding(
  account: AccountBase,
  application: ApplicationRow,
  { common_name }: ApplicationTokenClaims,
): boolean {
  if (application.enable_binding_cookie !== true) return false
  return (
    common_name === undefined || account.behaviour('binding_cookie.needed_by') === 'every_token'
  )
}

/** In whole seconds: when the tokens of a holder at an application were last revoked. */
export function revokedAt(
  account: AccountBase,
  application: ApplicationRow,
  userId: string,
): number | undefined {
  const ofUser = userId === '' ? undefined : userRevokedAt(account, userId)
  const ofApplication = application.revoked_at
  if (ofUser === undefined || ofApplication === undefined) return ofUser ?? ofApplication
  return Math.max(ofUser, ofApplication)
}
