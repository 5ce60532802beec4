/** How a program would sign a person in by Managed OAuth, step by step: what is served, and whether it fits together. */

import { isObject, parseJson } from '../../contracts/declaration/json.ts'
import { protectedResourcePath } from '../../contracts/edge/endpoints.ts'
import { oauthResourcePath } from '../../contracts/edge/oauth.ts'
import { told } from './checks/refusal.ts'
import { isManagedOauth } from './gate.ts'
import type { ObservedFacts, ProbeName, SeenAnswer } from './observation.ts'

export interface OauthStep {
  readonly step: 'challenge' | 'resource' | 'authorization server' | 'registration'
  readonly ok: boolean
  /** An observation, and what is wrong with it where something is. */
  readonly says: string
}

const wanted = ['program', 'well_known', 'oauth_resource', 'oauth_server'] as const

/** The next probe that the steps need; undefined if all were sent, or the steps are not wanted. */
export function oauthProbe({ wantsOauth, seen }: ObservedFacts): ProbeName | undefined {
  return wantsOauth ? wanted.find((probe) => seen[probe] === undefined) : undefined
}

export function oauthSteps(facts: ObservedFacts): readonly OauthStep[] {
  const { program, well_known, oauth_resource, oauth_server } = facts.seen
  if (!facts.wantsOauth || !program || !well_known || !oauth_resource || !oauth_server) return []
  const server = issuerNamed(oauth_resource)
  return [
    stepOf('challenge', program, 'as a program', challengeProblem(facts, program)),
    stepOf('resource', well_known, 'without credentials', resourceProblem(facts, well_known)),
    stepOf(
      'resource',
      oauth_resource,
      'without credentials',
      resourceProblem(facts, oauth_resource) ?? disagreement(well_known, server),
    ),
    stepOf(
      'authorization server',
      oauth_server,
      'of the team',
      serverProblem(oauth_server, server),
    ),
    registration(oauth_server),
  ]
}

function stepOf(
  step: OauthStep['step'],
  seen: SeenAnswer,
  how: string,
  problem: string | undefined,
): OauthStep {
  const says = told(seen, how)
  return {
    step,
    ok: problem === undefined,
    says: problem === undefined ? says : `${says} ${problem}`,
  }
}

/** RFC 9728, 5.1. */
function challengeProblem({ gateUrl }: ObservedFacts, program: SeenAnswer): string | undefined {
  if (!isManagedOauth(program)) {
    return 'No Bearer challenge: Managed OAuth is off, or something in front of Access answers.'
  }
  const challenge = program.header('www-authenticate') ?? ''
  const named = /\bresource_metadata="([^"]*)"/.exec(challenge)?.[1]
  if (named === undefined) return 'The challenge has no resource_metadata.'
  const documents = [protectedResourcePath, oauthResourcePath].map(
    (path) => new URL(`${path}${gateUrl.pathname}`, gateUrl).href,
  )
  const isOurs = documents.some((href) => withoutSlash(href) === withoutSlash(named))
  return isOurs ? undefined : 'resource_metadata of the challenge is no document of this URL.'
}

const withoutSlash = (text: string) => text.replace(/\/$/, '')

function documentIn({ status, body }: SeenAnswer): Readonly<Record<string, unknown>> | undefined {
  const document = status === 200 ? parseJson(body) : undefined
  return isObject(document) ? document : undefined
}

/** RFC 9728, 3.3: the resource must be the requested one. */
function resourceProblem({ gateUrl }: ObservedFacts, seen: SeenAnswer): string | undefined {
  const document = documentIn(seen)
  if (document === undefined) return 'It is no JSON document.'
  const { resource } = document
  const isHere =
    typeof resource === 'string' &&
    URL.canParse(resource) &&
    new URL(resource).origin === gateUrl.origin
  if (!isHere) return 'Its resource is not on this host.'
  return issuerNamed(seen) === undefined ? 'It names no authorization server.' : undefined
}

function issuerNamed(seen: SeenAnswer): string | undefined {
  const servers = documentIn(seen)?.authorization_servers
  const [first]: readonly unknown[] = Array.isArray(servers) ? servers : []
  return typeof first === 'string' ? withoutSlash(first) : undefined
}

function disagreement(other: SeenAnswer, server: string | undefined): string | undefined {
  const named = issuerNamed(other)
  return named === undefined || named === server
    ? undefined
    : `It names ${server}, and the other document ${named}.`
}

/** RFC 8414, 3.3: the issuer is the URL that the document was found by. */
function serverProblem(seen: SeenAnswer, server: string | undefined): string | undefined {
  const document = documentIn(seen)
  if (document === undefined) return 'It is no JSON document.'
  const { issuer, code_challenge_methods_supported: methods } = document
  if (typeof issuer !== 'string' || withoutSlash(issuer) !== server) {
    return `Its issuer is ${JSON.stringify(issuer)}, and the resource names ${server}.`
  }
  const lacking = ['authorization_endpoint', 'token_endpoint'].find((name) => {
    const address = document[name]
    return typeof address !== 'string' || !URL.canParse(address)
  })
  if (lacking !== undefined) return `It has no ${lacking}.`
  return Array.isArray(methods) && methods.includes('S256')
    ? undefined
    : 'code_challenge_methods_supported lacks S256.'
}

function registration(seen: SeenAnswer): OauthStep {
  const ok = typeof documentIn(seen)?.registration_endpoint === 'string'
  const has = ok
    ? 'has a registration_endpoint: a client can register itself.'
    : 'has no registration_endpoint: a client cannot register itself.'
  return { step: 'registration', ok, says: `The metadata of the authorization server ${has}` }
}
