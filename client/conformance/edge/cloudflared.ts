/** Cases of the sign-in by programs: how cloudflared finds an application, and the approval page on its host. */
import { decodeJwt } from 'jose'
import {
  metadataHeaders,
  tokenCheck,
  transferKeyText,
} from '../../../contracts/edge/cloudflared.ts'
import { edge } from '../../../contracts/edge/endpoints.ts'
import { arrange, signIn } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { atEdge, signingIn } from '../define.ts'
import { fits, holds, present, same } from '../difference.ts'
import { type AskedEdge, ask, expects } from '../edge-answer.ts'

const gate = { id: 'gate', evidence: 'documented', source: ['sign-in-metadata'] } as const

/** Any valid public key; the private half is not needed. */
const someKey = transferKeyText(Uint8Array.from({ length: 32 }, (_, at) => at + 9))

function approvalOf(url: string, aud: string): URL {
  const address = new URL(edge.cli.path, url)
  address.search = String(new URLSearchParams({ aud, token: someKey, redirect_url: url }))
  return address
}

/** An application, and a token of a person it admits. */
async function signedIn(target: CaseTarget) {
  const { url, application } = await arrange(target, 'P')
  return { url, application, token: await signIn(target, application) }
}

function toLogin({ status, headers }: AskedEdge, { team }: CaseTarget): void {
  const to = new URL(present(headers.get('location'), 'location'))
  same([status, to.host], [302, team], 'status and where it leads')
}

export const cloudflaredCases: readonly Case[] = [
  atEdge(gate, 'metadata for cloudflared', {
    title: 'HEAD with its header returns signed metadata of the host’s application',
    async run(target) {
      const { url, application } = await arrange(target, 'P')
      const headers = { [metadataHeaders.request]: 'true' }
      const answer = await ask(target, url, { method: 'HEAD', headers })
      const jwt = present(answer.headers.get(metadataHeaders.response), metadataHeaders.response)
      const { iat = 0, ...claims } = decodeJwt(jwt)
      const { host: hostname } = new URL(url)
      const { aud } = application
      holds(claims, { type: 'match', hostname, auth_domain: target.team, aud }, 'claims')
      fits(String(iat), /^[1-9]\d*$/, 'iat')
    },
  }),
  signingIn(gate, 'token check of cloudflared', {
    title: 'a valid token is confirmed, and any other leads to the login',
    source: ['sign-in-token-check'],
    async run(target) {
      const { url, token } = await signedIn(target)
      const check = new URL(`?${tokenCheck}=true`, url)
      const sent = (value: string) => ask(target, check, { headers: { 'cf-access-token': value } })
      expects(await sent(token), { location: null })
      toLogin(await sent('x'), target)
    },
  }),
  atEdge(edge.cli, 'without login', {
    title: 'without a session it leads to the login',
    async run(target) {
      const { url, application } = await arrange(target, 'P')
      toLogin(await ask(target, approvalOf(url, application.aud)), target)
    },
  }),
  signingIn(edge.cli, 'who is signed in', {
    title: 'a signed-in person gets the approval page',
    evidence: 'assumed',
    source: ['sign-in-cli-approval'],
    async run(target) {
      const { url, application, token } = await signedIn(target)
      const answer = await ask(target, approvalOf(url, application.aud), { token })
      expects(answer, { status: 200, page: /<form method="post"/ })
    },
  }),
  signingIn(edge.approveCli, 'without its page', {
    title: 'an approval that did not come from the page is refused',
    async run(target) {
      const { url, application, token } = await signedIn(target)
      const address = approvalOf(url, application.aud)
      const answer = await ask(target, address, { method: 'POST', body: '', token })
      expects(answer, { status: 400, page: /Invalid nonce/ })
    },
  }),
]
