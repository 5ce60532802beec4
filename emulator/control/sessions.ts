/** People, signed in without a browser: what the login would have made of them. */
import type { control } from '../../contracts/control.ts'
import type { PersonInput } from '../../contracts/control-shapes.ts'
import { cookieNames } from '../../contracts/edge.ts'
import { fail, isFailure } from '../../contracts/errors.ts'
import type { Verdict } from '../access/policy.ts'
import type { Identity } from '../access/subject.ts'
import type { Account } from '../account/account.ts'
import { bindingOf } from '../account/binding.ts'
import { type Asking, evaluate } from '../account/evaluate.ts'
import { issueForUser } from '../account/issue.ts'
import type { ApplicationRow, UserRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { timestampAt } from '../state/timestamps.ts'
import type { World } from '../world.ts'
import { accountOf, type ControlHandlers, refusedBy } from './context.ts'

/** A person as the policies see them. */
export function identityOf(person: PersonInput, account: Account): Identity {
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

/** The request of somebody who asks for the application's own address and sends no credentials. */
export function plainAsking(application: ApplicationRow, country: string): Asking {
  const [host = '', ...path] = (application.domain ?? '').split('/')
  return {
    host,
    path: `/${path.join('/')}`,
    method: 'GET',
    headers: () => [],
    ip: '127.0.0.1',
    country,
  }
}

/** By id, name, AUD tag or domain. */
export function findApplication(account: Account, text: string): ApplicationRow | undefined {
  const { applications } = account.state.tables
  return (
    applications.get(text) ??
    applications.all().find(({ name, aud, domain }) => [name, aud, domain].includes(text))
  )
}

export const createSession: ControlHandlers<
  Pick<typeof control, 'createSession'>
>['createSession'] = async ({ query, body }, context) => {
  const account = accountOf(query, context)
  if (isFailure(account)) return account
  const { application: wanted, ...person } = body
  const application = wanted === undefined ? undefined : findApplication(account, wanted)
  if (wanted !== undefined && application === undefined) {
    return fail('unknown', `There is no application "${wanted}".`)
  }
  const { user, changes } = signingIn(person, account, timestampAt(context.nowMs))
  const refused = await refusedBy(account.commit(changes).stored)
  if (refused !== undefined) return refused
  if (application === undefined) {
    return { result: { user_uuid: user.id, application_token: null, cookie: null, verdict: null } }
  }
  const { world } = context
  const { verdict, token } = await tokenForPerson(account, world, application, { person, user })
  if (token === undefined) {
    return {
      result: {
        user_uuid: user.id,
        application_token: null,
        cookie: null,
        verdict: verdict.kind === 'deny' ? verdict.reason : verdict.kind,
      },
    }
  }
  const cookie = cookieFor(world, application, token)
  return { result: { user_uuid: user.id, application_token: token, cookie, verdict: 'pass' } }
}

/** What the policies say of a person, and the application token where they let them in. */
export async function tokenForPerson(
  account: Account,
  world: World,
  application: ApplicationRow,
  { person, user }: { readonly person: PersonInput; readonly user: UserRow },
): Promise<{ readonly verdict: Verdict; readonly token?: string }> {
  const asking = plainAsking(application, person.country ?? 'XX')
  const identity = { ...identityOf(person, account), id: user.id }
  const { verdict } = await evaluate(account, world, application, asking, identity)
  if (verdict.kind !== 'pass') return { verdict }
  const { token } = await issueForUser(account, world, application, user, {
    hostname: asking.host,
    country: person.country,
    policy_id: verdict.policy?.id,
    session_duration: verdict.policy?.session_duration,
  })
  return { verdict, token }
}

/** As a browser sends it: with the binding cookie where the application has one. */
function cookieFor(world: World, application: ApplicationRow, token: string): string {
  const authorization = `${cookieNames.authorization}=${token}`
  if (application.enable_binding_cookie !== true) return authorization
  return `${authorization}; ${cookieNames.binding}=${bindingOf(world, token)}`
}

/** The user of an address keeps the id; signing in anew ends an earlier revocation only for new tokens. */
export function signingIn(
  person: PersonInput,
  account: Account,
  now: string,
): { readonly user: UserRow; readonly changes: readonly Change[] } {
  const [known] = account.state.tables.users.by('email', person.email)
  const minted = account.mint('user', person.email)
  const user: UserRow = {
    ...known,
    ...withoutUndefined(person),
    id: known?.id ?? minted.id,
    email: person.email,
    created_at: known?.created_at ?? now,
  }
  const counted = known === undefined ? [minted.change] : []
  return { user, changes: [...counted, { table: 'users', put: user }] }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(value: T): Defined<T> {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries) as Defined<T>
}
