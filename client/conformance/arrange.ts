/** What cases set up through the API: service tokens, and the applications M, T and P of the edge's table. */
import type { Application } from '../../contracts/api/applications.ts'
import { api } from '../../contracts/api/operations.ts'
import type { PolicyBody } from '../../contracts/api/policies.ts'
import type { ServiceTokenWithSecret } from '../../contracts/api/service-tokens.ts'
import type { BodyInput } from '../../contracts/declaration/endpoint.ts'
import { succeeds } from './api-answer.ts'
import type { CaseTarget } from './case.ts'
import { present } from './difference.ts'

export type ApplicationInput = BodyInput<typeof api.applications.create>
type TokenInput = BodyInput<typeof api.serviceTokens.create>

/**
 * Creates a service token, and removes it after the case. Create it before the policies that name it, so that it is
 * removed after them.
 */
export async function serviceToken(
  target: CaseTarget,
  body: Partial<TokenInput> = {},
): Promise<ServiceTokenWithSecret> {
  const { result } = await succeeds(target, api.serviceTokens.create, {
    body: { name: target.name('token'), ...body },
  })
  target.cleanup(() => target.api.serviceTokens.delete({ service_token_id: result.id }))
  return result
}

export function applicationBody(
  target: CaseTarget,
  settings: Partial<ApplicationInput> = {},
): ApplicationInput {
  return {
    type: 'self_hosted',
    name: target.name('application'),
    domain: hostName(target),
    session_duration: '24h',
    ...settings,
  }
}

/** Creates a self-hosted application on a host of its own, and removes it after the case. */
export async function application(
  target: CaseTarget,
  settings: Partial<ApplicationInput> = {},
  at: { readonly zone?: boolean } = {},
): Promise<Application> {
  const input = { body: applicationBody(target, settings), ...at }
  const { result } = await succeeds(target, api.applications.create, input)
  target.cleanup(() => target.api.applications.delete({ app_id: result.id }))
  return result
}

export function hostName(target: Pick<CaseTarget, 'name' | 'zone'>): string {
  return `${target.name('host')}.${target.zone.name}`
}

export function urlOf({ domain }: Pick<Application, 'domain'>, path = '/'): string {
  return `https://${domain ?? ''}${path}`
}

/** A Service Auth policy that includes one token. */
export function serviceAuth({ id }: { readonly id: string }): PolicyBody {
  return {
    name: 'Service Auth',
    decision: 'non_identity',
    include: [{ service_token: { token_id: id } }],
    exclude: [],
    require: [],
  }
}

function allowToken({ id }: { readonly id: string }): PolicyBody {
  return { ...serviceAuth({ id }), name: 'Allow a machine', decision: 'allow' }
}

export function allowPeople(domain: string): PolicyBody {
  return {
    name: `Allow ${domain}`,
    decision: 'allow',
    include: [{ email_domain: { domain } }],
    exclude: [],
    require: [],
  }
}

export const peopleDomain = 'people.example'

/** The policies of each letter, given the token that they name. */
const policiesOf = {
  M: (token: { readonly id: string }) => [serviceAuth(token)],
  T: (token: { readonly id: string }) => [allowToken(token)],
  P: (token: { readonly id: string }) => [serviceAuth(token), allowPeople(peopleDomain)],
} as const
export type Letter = keyof typeof policiesOf

export interface Arranged {
  readonly application: Application
  /** The service token that the policies name. */
  readonly token: ServiceTokenWithSecret
  readonly url: string
}

/** Creates one of the three applications on a host of its own, and waits until it is in force. */
export async function arrange(
  target: CaseTarget,
  letter: Letter,
  settings: Partial<ApplicationInput> = {},
): Promise<Arranged> {
  const token = await serviceToken(target)
  const made = await application(target, { policies: policiesOf[letter](token), ...settings })
  await target.settle()
  return { application: made, token, url: urlOf(made) }
}

/** A person admitted by `allowPeople(peopleDomain)`. */
export const person = `ada@${peopleDomain}`

/** Signs a person in at an application and returns the application token. */
export async function signIn(
  target: CaseTarget,
  { id }: Pick<Application, 'id'>,
  email: string = person,
): Promise<string> {
  return await present(target.signIn, 'signIn')(email, id)
}

/** The same client id with a well-formed but wrong secret. */
export function wrong<T extends { readonly client_id: string; readonly client_secret: string }>(
  pair: T,
): T {
  return { ...pair, client_secret: `cfast_${'0'.repeat(48)}` }
}
