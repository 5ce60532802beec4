/** Issues tokens. */
import type { Fault } from '../../contracts/control/faults.ts'
import type { ApplicationTokenClaims } from '../../contracts/edge/claims.ts'
import type { Identity } from '../access/subject.ts'
import {
  edgeHeader,
  identityClaims,
  identityHeader,
  lifetimeSeconds,
  metaClaims,
  serviceTokenClaims,
  type TokenHeader,
} from '../access/tokens.ts'
import type { ApplicationRow, UserRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { hex } from '../world/ids.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { sessionChanges } from './holder.ts'
import { publishedKeys, signed, unpublished } from './keys.ts'
import { issuerOf } from './organization.ts'

export interface Issued {
  readonly token: string
  readonly claims: ApplicationTokenClaims
  /** Seconds since the epoch. */
  readonly exp: number
  /** The fault that changed the token. */
  readonly acted?: Fault
}

/** What an application token for a service token is based on. */
export interface Grant {
  readonly client_id: string
  readonly hostname: string
  readonly session_duration?: string | null | undefined
}

export async function makeForServiceToken(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  grant: Grant,
): Promise<Issued> {
  const claims = serviceTokenClaims(
    {
      iss: issuerOf(account),
      aud: application.aud,
      iat: issuedAt(world, application.revoked_at),
      lifetime: lifetimeSeconds(grant.session_duration, application.session_duration),
      hostname: grant.hostname,
    },
    grant.client_id,
    account.behaviour,
  )
  return issue(account, world, application, claims, edgeHeader, { client_id: grant.client_id })
}

/** How long "immediate timeout" lasts for people in practice, in seconds (edge-token-duration-shortest). */
const shortestForPeople = 10

export interface IssuedToPerson extends Issued {
  /** Stores the identity of the token. Must be committed before the token is handed out. */
  readonly changes: readonly Change[]
}

/** What the application token of a person says beside who they are. */
export interface PersonGrant {
  readonly hostname: string
  readonly identity: Identity
  /** The address that the person signed in from. */
  readonly ip?: string | undefined
  readonly country?: string | undefined
  readonly policy_id?: string | undefined
  /** Seconds. */
  readonly lifetime: number
}

/** The claims of an application token for a person, and what keeps their identity as long as it lives. */
export function personToken(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  user: UserRow,
  { hostname, identity, ip, country, policy_id, lifetime }: PersonGrant,
): { readonly claims: ApplicationTokenClaims; readonly changes: readonly Change[] } {
  const iat = issuedAt(world, application.revoked_at, user.revoked_at)
  // Includes the identity, so that two sign-ins in the same second each keep their own.
  const who = JSON.stringify(identity)
  const nonce = hex(world.bytes(8, 'identity_nonce', account.id, user.id, application.id, iat, who))
  const claims = identityClaims(
    { iss: issuerOf(account), aud: application.aud, iat, lifetime, hostname },
    {
      email: user.email,
      user_uuid: user.id,
      identity_nonce: nonce,
      nbf: world.seconds(),
      country,
      policy_id,
    },
    account.behaviour,
  )
  const session = {
    id: nonce,
    user_id: user.id,
    identity,
    exp: claims.exp,
    iat,
    application_id: application.id,
    hostname,
    ...(ip === undefined ? {} : { ip }),
    ...(country === undefined ? {} : { country }),
  }
  return { claims, changes: sessionChanges(account, world, session) }
}

/** Signs claims of `personToken`. */
export function signForPerson(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  claims: ApplicationTokenClaims,
): Promise<Issued> {
  const header = (kid: string) => identityHeader(kid, account.behaviour)
  return issue(account, world, application, claims, header, { email: claims.email ?? '' })
}

/** Issues an application token for a person who signed in. */
export async function issueForUser(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  user: UserRow,
  grant: Omit<PersonGrant, 'lifetime'> & { readonly session_duration?: string | null | undefined },
): Promise<IssuedToPerson> {
  const lifetime = Math.max(
    lifetimeSeconds(grant.session_duration, application.session_duration),
    shortestForPeople,
  )
  const { claims, changes } = personToken(account, world, application, user, { ...grant, lifetime })
  return { ...(await signForPerson(account, world, application, claims)), changes }
}

/** Signs claims, as a fault may have changed them. */
export async function issue(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  honest: ApplicationTokenClaims,
  header: (kid: string) => TokenHeader,
  who: Readonly<Record<string, string>>,
): Promise<Issued> {
  const facts = () => ({ aud: application.aud, application: application.id, ...who })
  const acting = await account.faults.at('token.issue', facts, world.now(), ['claims', 'key'])
  const claims = acting?.effect.kind === 'claims' ? { ...honest, ...acting.effect.set } : honest
  const { current, other } = await publishedKeys(account, world)
  const key =
    acting?.effect.kind === 'key' ? await unpublished(account, world, [current, other]) : current
  const token = await account.signatures.sign(claims, header(key.kid), key)
  const issued = { token, claims, exp: claims.exp }
  return acting === undefined ? issued : { ...issued, acted: acting.fault }
}

/** The `meta` parameter of a login redirect. */
export async function signMeta(
  account: AccountBase,
  world: World,
  request: Omit<Parameters<typeof metaClaims>[0], 'iat'>,
): Promise<string> {
  return signed(account, world, metaClaims({ ...request, iat: world.seconds() }))
}

/**
 * Revocation works in whole seconds: a token issued in the same second is dated one second later, or it would be revoked too.
 * Such a token is valid from now, not from its `iat`.
 */
export function issuedAt(world: World, ...revocations: readonly (number | undefined)[]): number {
  return Math.max(world.seconds(), ...revocations.map((at) => (at ?? -1) + 1))
}
