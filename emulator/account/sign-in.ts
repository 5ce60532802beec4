/** Signs a person in: their identity, whether an application's policies admit them, and the token if so. */
import type { PersonInput } from '../../contracts/edge/person.ts'
import type { Identity } from '../access/subject.ts'
import type { ApplicationRow, UserRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { timestampAt } from '../state/timestamps.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { evaluateSignIn, type RequestFacts } from './evaluate.ts'
import type { Evaluation } from './evaluation.ts'
import { type IssuedToPerson, issueForUser } from './issue.ts'

/** A person's identity for the policies; without an identity provider, the account's first one is assumed. */
export function identityOf(account: AccountBase, person: PersonInput | UserRow): Identity {
  const { email, name, groups, country, claims, identity_provider_id } = person
  const providers = account.state.tables.identity_providers
  const provider =
    identity_provider_id === undefined ? providers.all()[0] : providers.get(identity_provider_id)
  return {
    email,
    ...(name === undefined ? {} : { name }),
    ...(groups === undefined ? {} : { groups }),
    ...(country === undefined ? {} : { country }),
    ...(claims === undefined ? {} : { claims }),
    ...(provider === undefined ? {} : { idp: { id: provider.id, type: provider.type } }),
  }
}

/** A user's row after they sign in. */
export interface Enrolled {
  readonly user: UserRow
  readonly changes: readonly Change[]
}

/**
 * Creates or updates the user with an address: what the identity provider says is as given this time, and they take a seat
 * (api-seats). After a revocation, signing in again only helps new tokens; old ones stay revoked.
 */
export function enrol(account: AccountBase, person: PersonInput, nowMs: number): Enrolled {
  const [known] = account.state.tables.users.by('email', person.email)
  const minted = account.mint('user', person.email)
  const now = timestampAt(nowMs)
  const { groups: _, claims: __, country: ___, identity_provider_id: ____, ...kept } = known ?? {}
  const user: UserRow = {
    ...kept,
    ...withoutUndefined(person),
    id: known?.id ?? minted.id,
    access_seat: true,
    last_successful_login: now,
    created_at: known?.created_at ?? now,
    updated_at: now,
    extra: known?.extra ?? {},
  }
  const put: Change = { table: 'users', put: user }
  return { user, changes: known === undefined ? [minted.change, put] : [put] }
}

export interface Admitted {
  readonly evaluation: Evaluation
  /** The token, if the policies admit the person. */
  readonly issued?: IssuedToPerson
}

/** A person who asks to be let in. */
export interface SignInRequest {
  readonly asking: Pick<RequestFacts, 'host' | 'ip' | 'country' | 'certificate'>
  readonly user: UserRow
  /** What is known of them: what a provider just said, or what it said when their session began. */
  readonly identity: Identity
  /** What the token says of it. */
  readonly country?: string | undefined
}

/** Asks the policies of an application for a person, as a login does. */
export function judge(
  account: AccountBase,
  application: ApplicationRow,
  { asking, user, identity }: SignInRequest,
): Evaluation {
  return evaluateSignIn(account, application, asking, { ...identity, id: user.id })
}

/** The same, with the application token where they admit. */
export async function admit(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  asked: SignInRequest,
): Promise<Admitted> {
  const { asking, user, country } = asked
  const evaluation = judge(account, application, asked)
  const identity = { ...asked.identity, id: user.id }
  const { verdict } = evaluation
  if (verdict.kind !== 'pass') return { evaluation }
  const issued = await issueForUser(account, world, application, user, {
    hostname: asking.host,
    ip: asking.ip,
    identity,
    country,
    policy_id: verdict.policy.id,
    session_duration: verdict.policy.session_duration,
  })
  return { evaluation, issued }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(value: T): Defined<T> {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries) as Defined<T>
}
