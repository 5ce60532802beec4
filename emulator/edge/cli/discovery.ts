/** How cloudflared discovers an application and checks its token. */
import { metadataHeaders, tokenCheck } from '../../../contracts/edge/cloudflared.ts'
import { metadataClaims } from '../../access/tokens.ts'
import type { Account, ApplicationRow } from '../../account/account.ts'
import { because } from '../../http/reply.ts'
import type { World } from '../../world/world.ts'
import type { GateOutcome } from '../pass.ts'
import type { EdgeRequest } from '../request.ts'
import { programsNow } from './clock.ts'

const checked = because({ status: 200, headers: {}, body: '' }, 'token_check')

export function asksForMetadata({ method, headers }: EdgeRequest): boolean {
  return method === 'HEAD' && headers(metadataHeaders.request)[0]?.toLowerCase() === 'true'
}

/** Whether the request is one of cloudflared's, to which the edge answers more than the gate does. */
export function isOfCloudflared(edgeRequest: EdgeRequest): boolean {
  return edgeRequest.query.includes(tokenCheck) || asksForMetadata(edgeRequest)
}

/** Adds what cloudflared requested to the gate's decision (sign-in-metadata-applications). */
export async function answerCloudflared(
  edgeRequest: EdgeRequest,
  account: Account,
  world: World,
  decided: GateOutcome,
): Promise<GateOutcome> {
  const outcome = tokenChecked(edgeRequest, account, decided)
  const application = outcome.evaluation?.application
  if (application === undefined || !asksForMetadata(edgeRequest)) return outcome
  const facts = () => ({ host: edgeRequest.host, path: edgeRequest.path, aud: application.aud })
  const acting = await account.faults.at('edge.metadata', facts, world.now(), ['unseen', 'claims'])
  const acted = acting?.fault ?? outcome.acted
  if (acting?.effect.kind === 'unseen') return { ...outcome, acted }
  const claims = { ...claimsOf(edgeRequest, account, world, application), ...acting?.effect.set }
  const token = await account.sign(claims)
  const named = { [metadataHeaders.response]: token }
  if ('pass' in outcome) return { ...outcome, acted, pass: { ...outcome.pass, headers: named } }
  const { reply } = outcome
  return { ...outcome, acted, reply: { ...reply, headers: { ...reply.headers, ...named } } }
}

/** The edge itself answers that the token is valid: the origin may be slow, or not running yet (sign-in-token-check). */
function tokenChecked({ query }: EdgeRequest, account: Account, outcome: GateOutcome): GateOutcome {
  if (!('pass' in outcome) || outcome.evaluation === undefined) return outcome
  if (new URLSearchParams(query).get(tokenCheck) !== 'true') return outcome
  if (account.behaviour('token_check.answered_by') === 'origin') return outcome
  const { evaluation, acted } = outcome
  return { evaluation, acted, reply: checked }
}

function claimsOf(
  { host }: EdgeRequest,
  account: Account,
  world: World,
  { aud, domain }: ApplicationRow,
) {
  return metadataClaims({
    hostname: host,
    auth_domain: account.team() ?? '',
    aud,
    app_hostname: domain?.split('/')[0] ?? host,
    iat: Math.floor(programsNow(account, world) / 1000),
  })
}
