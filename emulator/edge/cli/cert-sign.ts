/** `/cdn-cgi/access/cert_sign`: an SSH certificate for a person with an application token (sign-in-cert-sign). */
import { parseJson } from '../../../contracts/declaration/json.ts'
import type { edge } from '../../../contracts/edge/endpoints.ts'
import { certSignBody } from '../../../contracts/edge/ssh.ts'
import type { AnswerReason } from '../../../contracts/errors/errors.ts'
import { reasons, type TokenReason } from '../../../contracts/reasons/table.ts'
import type { AcceptedToken, ApplicationRow } from '../../account/account.ts'
import { authorityOf } from '../../crypto/ssh/authority.ts'
import { certificateLine } from '../../crypto/ssh/certificate.ts'
import { readPublicKey } from '../../crypto/ssh/public-key.ts'
import { because, json, type Reply } from '../../http/reply.ts'
import { timestampAt } from '../../state/timestamps.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { pathUnknown } from '../unknown.ts'
import { programsNow } from './clock.ts'

type CertSignAnswer = PathAnswer<typeof edge.certSign>

/** From when until when a certificate is valid, in seconds from now (sign-in-cert-sign-values). */
const validity = { from: -60, until: 240 } as const

/** cloudflared prints the message, behind a status that these answers do not have (sign-in-cert-sign-without-ca). */
function badRequest(reason: AnswerReason, message: string): { readonly reply: Reply } {
  return { reply: because(json(400, { message: `Bad Request. ${message}` }), reason) }
}

const refusals = {
  body: badRequest(
    'cert_sign_body_invalid',
    'The body is not JSON with public_key, jwt and issuer.',
  ),
  issuer: badRequest(
    'cert_sign_issuer_invalid',
    'Invalid issuer. Currently only cloudflareaccess subdomains are supported.',
  ),
  ca: badRequest('cert_sign_without_ca', 'Please create a ca for application.'),
  person: badRequest('cert_sign_without_email', 'The token is not that of a person.'),
  key: badRequest('cert_sign_key_invalid', 'Invalid public key.'),
} as const

/** Not JSON, which cloudflared stumbles over (sign-in-cert-sign-token). */
function unauthorized(reason: TokenReason): { readonly reply: Reply } {
  const headers = { 'content-type': 'text/plain; charset=UTF-8' }
  const reply = { status: 401, headers, body: 'unauthorized' }
  return { reply: because(reply, 'cert_sign_token_invalid', reasons[reason].text) }
}

export async function certSign(context: EdgeContext): Promise<CertSignAnswer> {
  const { account, place, body } = context
  if (place !== 'team') return { reply: pathUnknown(context) }
  const sent = certSignBody().safeParse(parseJson(body))
  if (!sent.success) return refusals.body
  const { public_key, jwt, issuer } = sent.data
  if (issuer !== account.issuer()) return refusals.issuer
  const held = await tokenIn(context, jwt)
  if ('reply' in held) return held
  const row = account.applications.sshAuthority(held.application.id)
  if (row === undefined) return refusals.ca
  if (held.token.holder.kind !== 'person') return refusals.person
  const publicKey = readPublicKey(public_key)
  if (publicKey === undefined) return refusals.key
  const { email } = held.token.holder.identity
  return { result: signed(context, publicKey, email, row.secret) }
}

/** The token, if the edge would accept it of its application. */
async function tokenIn(
  { account }: EdgeContext,
  jwt: string,
): Promise<
  | { readonly application: ApplicationRow; readonly token: AcceptedToken }
  | { readonly reply: Reply }
> {
  const claims = await account.verify(jwt)
  const [application] = [claims?.aud ?? []]
    .flat()
    .flatMap((aud) => account.applications.withAud(aud) ?? [])
  if (application === undefined) {
    return unauthorized('jwt_unverified')
  }
  const headers = (name: string) => (name === 'cf-access-token' ? [jwt] : [])
  const { held, refused } = await account.readTokens({ application, headers }, false)
  return held === undefined
    ? unauthorized(refused?.reason ?? 'jwt_unverified')
    : { application, token: held }
}

function signed(
  { account, world, edgeRequest }: EdgeContext,
  publicKey: NonNullable<ReturnType<typeof readPublicKey>>,
  email: string,
  secret: string,
) {
  const label = [account.id, edgeRequest.ray] as const
  const now = Math.floor(programsNow(account, world) / 1000)
  const validBefore = now + validity.until
  const serial = Buffer.from(world.bytes(8, 'ssh_serial', ...label)).readBigUInt64BE()
  const certificate = certificateLine(
    {
      publicKey,
      nonce: world.bytes(32, 'ssh_nonce', ...label),
      serial,
      id: email,
      principals: [email.split('@')[0] ?? email],
      validAfter: now + validity.from,
      validBefore,
    },
    authorityOf(Buffer.from(secret, 'hex')),
  )
  return { id: email, certificate, expires_at: timestampAt(validBefore * 1000) }
}
