/**
 * Every reason that a verdict, a trail or the journal can give: one closed list. Beside it stand only the names of failures,
 * which have a table of their own (`contracts/errors/errors.ts`).
 */
import { accessPathReasons, apiReasons, cloudflaredReasons, hostReasons } from './answers.ts'
import { connectionReasons } from './connections.ts'
import { pairReasons, pinReasons, tokenReasons, unusablePairReasons } from './credentials.ts'
import { type certificateReasons, denyReasons, policyReasons, ruleReasons } from './decision.ts'
import { grantReasons, oauthReasons } from './oauth.ts'
import { originReasons } from './origins.ts'
import { reasonRows } from './row.ts'

export type { ReasonRow } from './row.ts'

/** Why a request was answered so, where no policy decided. */
export const answerReasons = reasonRows({
  ...apiReasons,
  ...hostReasons,
  ...accessPathReasons,
  ...cloudflaredReasons,
  ...oauthReasons,
  ...grantReasons,
  ...connectionReasons,
  ...originReasons,
})

export const reasons = reasonRows({
  ...ruleReasons,
  ...policyReasons,
  ...denyReasons,
  ...unusablePairReasons,
  ...pairReasons,
  ...tokenReasons,
  ...pinReasons,
  ...answerReasons,
})

export type Reason = keyof typeof reasons

/** Why a client certificate does not count. */
export type CertificateReason = keyof typeof certificateReasons
/** Of one rule, in the trail. */
export type RuleReason = keyof typeof ruleReasons
/** Of the verdict `deny`. */
export type DenyReason = keyof typeof denyReasons
/** Why a service token does not authenticate. */
export type PairReason = keyof typeof pairReasons
/** Why no service token can be read from the headers that were sent. */
export type UnusablePairReason = keyof typeof unusablePairReasons
/** Why an application token is not accepted. */
export type TokenReason = keyof typeof tokenReasons
/** Why a One-time PIN is not accepted. */
export type PinReason = keyof typeof pinReasons
/** What is wrong with the credentials of a request. */
export type CredentialReason = PairReason | UnusablePairReason | TokenReason | PinReason
/** Of a step of the trail. */
export type TrailReason = RuleReason | keyof typeof policyReasons | CredentialReason
/** Why a request is refused before it is routed. */
export type ConnectionReason = keyof typeof connectionReasons
/** Why an origin gives no answer. */
export type OriginReason = keyof typeof originReasons
