/** Cases of short-lived SSH certificates. */
import { api } from '../../../contracts/api/operations.ts'
import { edge } from '../../../contracts/edge/endpoints.ts'
import { succeeds } from '../api-answer.ts'
import { arrange, signIn } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { signingIn } from '../define.ts'
import { fits, parsed } from '../difference.ts'
import { expects, sendJson } from '../edge-answer.ts'
import { onTeam } from './page.ts'

/** An ssh-ed25519 public key without a known private key. */
const someKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'Jc9R'.repeat(10)}Jc9 nobody`

/** An application, and the request body of a user it admits. */
async function signedIn(target: CaseTarget) {
  const { application } = await arrange(target, 'P')
  const jwt = await signIn(target, application)
  return { application, body: { public_key: someKey, jwt, issuer: `https://${target.team}` } }
}

function sign(target: CaseTarget, body: object) {
  return sendJson(target, onTeam(target, edge.certSign.path), body)
}

export const sshCases: readonly Case[] = [
  signingIn(edge.certSign, 'for a person', {
    title: 'the CA of the application certifies the key of a person',
    async run(target) {
      const { application, body } = await signedIn(target)
      const params = { app_id: application.id }
      await succeeds(target, api.shortLivedCertificateCas.create, { params })
      await target.settle()
      const answer = await sign(target, body)
      expects(answer, { status: 200 })
      const { certificate } = parsed(edge.certSign.result(), answer.json, 'answer')
      fits(certificate, /^ssh-ed25519-cert-v01@openssh\.com [\w+/]+={0,2}\n?$/, 'certificate')
    },
  }),
  signingIn(edge.certSign, 'without a CA', {
    title: 'an application without a CA certifies nothing',
    evidence: 'recorded',
    source: ['sign-in-cert-sign-without-ca'],
    async run(target) {
      const { body } = await signedIn(target)
      fits((await sign(target, body)).text, /Please create a ca for application/, 'body')
    },
  }),
  signingIn(edge.certSign, 'of another issuer', {
    title: 'an issuer that is not under cloudflareaccess.com is refused',
    evidence: 'recorded',
    source: ['sign-in-cert-sign-issuer'],
    async run(target) {
      const { body } = await signedIn(target)
      const { text } = await sign(target, { ...body, issuer: 'https://login.example.com' })
      fits(text, /Invalid issuer\. Currently only cloudflareaccess subdomains/, 'body')
    },
  }),
]
