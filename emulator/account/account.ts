/**
 * One account, and what it offers to whatever serves requests: who is this, what may they, issue, remember, note. Tables, keys
 * and the log of changes are behind these verbs. Those that remember return changes, to be stored with the answer.
 */
import { hostsOf } from '../state/state.ts'
import type { World } from '../world/world.ts'
import { type AccountBase, createAccountBase } from './base.ts'
import { bindingOf } from './binding.ts'
import * as decisions from './evaluate.ts'
import { globalSessionOf, issueGlobalSession } from './global-session.ts'
import { identityAtSignIn } from './holder.ts'
import { signMeta } from './issue.ts'
import { issueForServiceToken } from './issued.ts'
import { publishedKeys, signed, verified } from './keys.ts'
import * as hosts from './known-hosts.ts'
import { touchLastSeen } from './last-seen.ts'
import { launcherOf, tilesFor } from './launcher.ts'
import { signForLinked } from './linked-token.ts'
import { certificateOfMeta } from './login-certificate.ts'
import * as logins from './logins.ts'
import * as clients from './oauth-clients.ts'
import * as grants from './oauth-grants.ts'
import { customPageOf, issuerOf, organizationOf, teamOf } from './organization.ts'
import { quotaFailure } from './quota.ts'
import { readSentTokens } from './sent-tokens.ts'
import { admit, enrol, identityOf, judge } from './sign-in.ts'
import { storedNow } from './stored.ts'
import * as transfers from './transfers.ts'
import { deniesUnmatched, unmatchedSubject } from './unmatched.ts'
import { revokeUser, userRevokedAt } from './users.ts'

export type { LoginOrigin, LoginRow, PendingLoginRow, SealedTokens } from '../state/login-rows.ts'
export type {
  AccountIdentity,
  AccountZone as Zone,
  ApplicationRow,
  CertificateRow,
  CustomPageRow,
  IdentityProviderRow,
  OauthClientRow,
  OauthGrantRow,
  UserRow,
} from '../state/rows.ts'
export type { Change } from '../state/state.ts'
export type { Minted, MintOptions } from './base.ts'
export type { Guard, RequestFacts } from './evaluate.ts'
export type { Evaluation } from './evaluation.ts'
export type { Acting, PerhapsLater } from './faults.ts'
export type { Flow, FlowValues, JournaledFlow } from './flows.ts'
export type { Issued } from './issue.ts'
export type { Because, Journal, JournaledAnswer } from './journal.ts'
export type { Tile } from './launcher.ts'
export type { AcceptedToken } from './sent-tokens.ts'

export type Account = ReturnType<typeof withVerbs>

export function createAccount(...given: Parameters<typeof createAccountBase>): Account {
  const [, , world] = given
  return withVerbs(createAccountBase(...given), world)
}

export function withVerbs(base: AccountBase, world: World) {
  const { tables } = base.state
  /** What the verbs are of: the account below, under which they find what is remembered of it. */
  let self = base
  /** A function of an account becomes a verb of this one. */
  const of =
    <A extends unknown[], R>(verb: (account: AccountBase, ...rest: A) => R) =>
    (...rest: A) =>
      verb(self, ...rest)
  /** The same for a function that also needs the clock, the keys or randomness. */
  const at =
    <A extends unknown[], R>(verb: (account: AccountBase, world: World, ...rest: A) => R) =>
    (...rest: A) =>
      verb(self, world, ...rest)

  // One literal: an object that gets so many properties by `Object.assign` is slower at each access.
  const account = {
    ...base,

    team: of(teamOf),
    issuer: of(issuerOf),
    organization: of(organizationOf),
    customPage: of(customPageOf),

    // What it protects.
    applications: {
      at: of(decisions.applicationAt),
      on: of(decisions.applicationsOn),
      guardAt: of(decisions.guardAt),
      get: (id: string) => tables.applications.get(id),
      all: () => tables.applications.all(),
      withAud: (aud: string) => tables.applications.by('aud', aud)[0],
      ofSaasClient: (id: string) => tables.applications.by('saas_client', id)[0],
      launcher: of(launcherOf),
      tilesFor: of(tilesFor),
      hostsOf,
      sshAuthority: (id: string) => tables.short_lived_certificate_cas.get(id),
    },
    policy: (id: string) => tables.policies.get(id),
    hosts: {
      hasRecord: of(hosts.hasRecord),
      isKnown: of(hosts.isKnownHost),
      deniesUnmatched: of(deniesUnmatched),
      workers: of(hosts.workerHostsOf),
      certificates: (host: string) => tables.certificates.by('hostname', host),
      certificateSettings: (host: string) => tables.certificate_settings.get(host),
    },

    // Who is this?
    readTokens: at(readSentTokens),
    verify: at(verified),
    checkPair: at(decisions.pairStatus),
    unmatchedSubject: at(unmatchedSubject),
    globalSession: at(globalSessionOf),
    identityOf: of(identityOf),
    identityAtSignIn: of(identityAtSignIn),
    user: (id: string) => tables.users.get(id),
    userRevokedAt: of(userRevokedAt),
    providers: {
      get: (id: string) => tables.identity_providers.get(id),
      all: () => tables.identity_providers.all(),
    },

    // What may they?
    evaluate: at(decisions.evaluate),
    evaluateSignIn: of(decisions.evaluateSignIn),
    judge: of(judge),
    admit: at(admit),

    // Issue.
    keys: at(publishedKeys),
    sign: at(signed),
    signMeta: at(signMeta),
    signForLinked: at(signForLinked),
    issueForServiceToken: at(issueForServiceToken),
    issueGlobalSession: at(issueGlobalSession),
    binding: (token: string) => bindingOf(world, token),
    grants: {
      begin: at(grants.beginGrant),
      nextTokens: at(grants.nextTokens),
      end: of(grants.endOf),
      endToken: of(grants.endOfToken),
      byCode: of(grants.grantByCode),
      byRefreshToken: of(grants.grantByRefreshToken),
      ofAccessToken: of(grants.accessTokenOf),
      isCurrent: of(grants.isCurrent),
      isRevoked: of(grants.isRevoked),
      areTokensRevoked: of(grants.areTokensRevoked),
    },

    // Remember.
    enrol: of(enrol),
    revokeUser: at(revokeUser),
    logins: {
      get: (nonce: string) => tables.logins.get(nonce),
      put: of(logins.putLogin),
      wrongPins: of(logins.wrongPins),
      origin: of(logins.loginOriginOf),
      putOrigin: of(logins.putLoginOrigin),
      certificate: at(certificateOfMeta),
      pending: (nonce: string) => tables.pending_logins.get(nonce),
      putPending: of(logins.putPendingLogin),
    },
    transfers: {
      isKnown: (key: string) => tables.transfers.get(key) !== undefined,
      begin: of(transfers.beginTransfer),
      put: of(transfers.putSealed),
      sealed: (key: string, nowMs: number) => transfers.sealedFor(tables, key, nowMs),
      taken: transfers.takenBy,
    },
    clients: { get: (id: string) => tables.oauth_clients.get(id), put: of(clients.putClient) },
    excess: of(quotaFailure),
    storeNow: of(storedNow),

    // Note.
    touchLastSeen: at(touchLastSeen),
  }
  self = account
  return account
}
