/** Evaluates a request: which application covers it, with which credentials, and what the policies decide. */
import type { CertificateReason } from '../../contracts/reasons/table.ts'
import { type HeaderValues, readPair } from '../access/credentials.ts'
import {
  type HostPath,
  hostKeys,
  matches,
  mostSpecific,
  parseDestination,
} from '../access/hosts.ts'
import type { AccessPolicy, Rulebook } from '../access/policy.ts'
import { checkPair } from '../access/service-token.ts'
import type { Identity, PairCheck, Subject } from '../access/subject.ts'
import { isOverridden } from '../access/workers.ts'
import { perRow } from '../state/per-row.ts'
import type { ApplicationRow, PolicyLink, PolicyRow } from '../state/rows.ts'
import { hostsOf } from '../state/state.ts'
import { sameSecret } from '../world/secrets.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { decisionOf, signInDecision } from './decision.ts'
import type { Evaluation } from './evaluation.ts'
import { readLinkedToken } from './linked-token.ts'
import { isStrict } from './organization.ts'
import { perHost } from './per-host.ts'
import { readSentTokens } from './sent-tokens.ts'
import { workerGuardOf } from './workers.ts'

/** A request as the policies see it. */
export interface RequestFacts {
  readonly host: string
  /** Normalised. */
  readonly path: string
  readonly method: string
  readonly headers: HeaderValues
  readonly ip: string
  readonly country: string
  /** A client certificate that was verified at the TLS port, or by a local proxy. */
  readonly certificate?: { readonly common_name: string } | undefined
  /** Why the certificate that was presented does not count. */
  readonly certificateRefused?: CertificateReason | undefined
}

interface Placed {
  readonly application: ApplicationRow
  readonly destination: HostPath
}

const placesOf = perRow((application: ApplicationRow) =>
  hostsOf(application).flatMap((uri): Placed[] => {
    const destination = parseDestination(uri)
    return destination === undefined ? [] : [{ destination, application }]
  }),
)

/** Every destination that may cover a host. */
const placedOn = perHost(['applications'], (account, host): readonly Placed[] =>
  hostKeys(host).flatMap((key) =>
    account.state.tables.applications.by('host', key).flatMap(placesOf),
  ),
)

/** What protects a host and path. */
export interface Guard {
  readonly application?: ApplicationRow
  /** The application whose Worker destination covers the host. */
  readonly byWorker?: ApplicationRow
  /** Whether an override of that destination makes the path public: then there is no `application`. */
  readonly isOverridden?: boolean
}

/** Destinations with a host and path take precedence over Worker destinations; among each, the most specific one. */
export function guardAt(account: AccountBase, host: string, path: string): Guard {
  const placed = mostSpecific(placedOn(account, host), host, path)
  if (placed !== undefined) return placed
  const guard = workerGuardOf(account, host)
  if (guard === false) return unguarded
  const { application } = guard
  const isOpen = isOverridden(guard.destination, path)
  return isOpen
    ? { byWorker: application, isOverridden: true }
    : { application, byWorker: application }
}

const unguarded: Guard = {}

/** The application that covers a host and path. */
export function applicationAt(
  account: AccountBase,
  host: string,
  path: string,
): ApplicationRow | undefined {
  return guardAt(account, host, path).application
}

export interface PlacedApplication {
  readonly application: ApplicationRow
  /** Whether it covers the host's root. */
  readonly isRoot: boolean
}

/** The applications on a host, at any path. */
export const applicationsOn = perHost(
  ['applications', 'worker_hosts'],
  (account, host): readonly PlacedApplication[] => {
    const placed = placedOn(account, host).flatMap(({ application, destination }) => {
      const anyPath = { ...destination, path: '' }
      if (!matches(anyPath, host, '/')) return []
      return [{ application, isRoot: matches(destination, host, '/') }]
    })
    const guard = workerGuardOf(account, host)
    if (guard === false || placed.some(({ isRoot }) => isRoot)) return placed
    return [...placed, { application: guard.application, isRoot: true }]
  },
)

const byPrecedence = (a: AccessPolicy, b: AccessPolicy) => a.precedence - b.precedence

/** It takes no policies: Access authenticates, and the application decides (edge-end-user-admitted). */
const endUsers = perRow(
  ({ id }: ApplicationRow): AccessPolicy => ({
    ...{ id, name: 'End users', decision: 'allow', precedence: 1 },
    ...{ include: [{ everyone: {} }], require: [], exclude: [] },
  }),
)

/** One object for each version of a policy, which decisions and the journal share. */
const linkedPolicy = perRow(
  (policy: PolicyRow, { precedence }: PolicyLink): AccessPolicy => ({
    ...policy,
    precedence,
    session_duration: policy.session_duration ?? undefined,
  }),
)

export function rulebookOf(account: AccountBase, application: ApplicationRow): Rulebook {
  if (application.type === 'end_user') return rulebookWith(account, [endUsers(application)])
  const { policies } = account.state.tables
  const linked = application.links.flatMap((link): AccessPolicy[] => {
    const policy = policies.get(link.id)
    return policy === undefined ? [] : [linkedPolicy(policy, link)]
  })
  return rulebookWith(account, linked.sort(byPrecedence))
}

/** @param policies in order of precedence */
export function rulebookWith(account: AccountBase, policies: readonly AccessPolicy[]): Rulebook {
  const { groups } = account.state.tables
  return {
    policies,
    groups: (id) => groups.get(id),
    groupDepth: account.behaviour('group.nesting_limit'),
    behaviour: account.behaviour,
    strict: isStrict(account),
  }
}

export async function evaluate(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  asking: RequestFacts,
  identity?: Identity,
): Promise<Evaluation> {
  const pair = pairOf(account, world, application, asking, isStrict(account))
  const { headers } = asking
  const { held, refused } = await readSentTokens(
    account,
    world,
    { application, headers },
    pair.status !== 'absent',
  )
  const linkedToken = await readLinkedToken({ account, world, application, headers })
  const subject: Subject = {
    ip: asking.ip,
    country: asking.country,
    certificate: asking.certificate,
    certificateRefused: asking.certificateRefused,
    pair,
    applicationToken: held,
    refusedToken: refused,
    linkedToken,
    identity,
  }
  return decisionOf(account, application, subject, rulebookOf, held?.token)
}

/** Evaluates the policies for a person who has just signed in; service tokens play no part. */
export function evaluateSignIn(
  account: AccountBase,
  application: ApplicationRow,
  { ip, country, certificate }: Pick<RequestFacts, 'ip' | 'country' | 'certificate'>,
  identity: Identity,
): Evaluation {
  const subject: Subject = {
    ip,
    country,
    certificate,
    pair: { status: 'absent' },
    identity,
  }
  return { application, subject, ...signInDecision(rulebookOf(account, application), subject) }
}

/** Whether a request of a signed-in person passes, without other credentials. */
export function admitsPerson(
  account: AccountBase,
  application: ApplicationRow,
  { ip, country, certificate }: Pick<RequestFacts, 'ip' | 'country' | 'certificate'>,
  identity: Identity,
): boolean {
  const subject: Subject = { ip, country, certificate, pair: { status: 'absent' }, identity }
  return decisionOf(account, application, subject, rulebookOf).verdict.kind === 'pass'
}

function pairOf(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  asking: RequestFacts,
  strict: boolean,
): PairCheck {
  const sent = readPair(asking.headers, {
    singleHeader: application.read_service_tokens_from_header || undefined,
    strict,
  })
  return sent.status === 'sent' ? pairStatus(account, world, sent) : sent
}

/** Checks whether a client id and secret belong to an active service token. */
export function pairStatus(
  account: AccountBase,
  world: World,
  sent: { readonly client_id: string; readonly client_secret: string },
): PairCheck {
  const [row] = account.state.tables.service_tokens.by('client_id', sent.client_id)
  if (row === undefined) {
    return { status: 'invalid', reason: 'unknown', client_id: sent.client_id }
  }
  return checkPair(row, sent.client_secret, world.now(), sameSecret)
}
