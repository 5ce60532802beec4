/** Cases of the public keys: what certs returns, on which host, and for which team. */
import { X509Certificate } from 'node:crypto'
import { certs } from '../../../contracts/edge/claims.ts'
import { edge } from '../../../contracts/edge/endpoints.ts'
import { arrange } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { atEdge, reading } from '../define.ts'
import { fits, holds, parsed, same } from '../difference.ts'
import { ask, expects } from '../edge-answer.ts'
import { onTeam, organizationUnknown } from './page.ts'

const title = /<title>Error ・ Cloudflare Access<\/title>/

async function publishedAt(target: CaseTarget, url: string) {
  const answer = await ask(target, url)
  expects(answer, { status: 200 })
  fits(answer.headers.get('content-type'), /^application\/json\b/, 'content-type')
  return parsed(certs(), answer.json, 'certs')
}

export const certCases: readonly Case[] = [
  reading(edge.certs, 'two keys', {
    title: 'it lists two keys as JWK and as certificate, the current one last',
    source: ['edge-certs', 'edge-certs-two-keys'],
    async run(target) {
      const there = onTeam(target, edge.certs.path)
      const { keys, public_cert, public_certs } = await publishedAt(target, there)
      const kids = keys.map(({ kid }) => kid)
      same(new Set(kids).size, 2, 'different kids')
      for (const kid of kids) fits(kid, /^[0-9a-f]{64}$/, 'kid')
      for (const key of keys) {
        holds(key, { kty: 'RSA', alg: 'RS256', use: 'sig', e: 'AQAB' }, 'JWK')
      }
      same(Object.keys(keys[0] ?? {}), ['kid', 'kty', 'alg', 'use', 'e', 'n'], 'members of a JWK')
      const certified = public_certs.map(({ kid }) => kid)
      same(certified, kids, 'kids of public_certs')
      same(public_certs.at(-1), public_cert, 'public_cert, which is the current one')
    },
  }),
  reading(edge.certs, 'certificates hold the keys', {
    title: 'each certificate holds the key of its JWK',
    async run(target) {
      const { keys, public_certs } = await publishedAt(target, onTeam(target, edge.certs.path))
      const moduli = public_certs.map(({ cert }) => {
        fits(cert, /^-----BEGIN CERTIFICATE-----\n/, 'PEM')
        return new X509Certificate(cert).publicKey.export({ format: 'jwk' }).n
      })
      const expected = keys.map(({ n }) => n)
      same(moduli, expected, 'moduli')
    },
  }),
  atEdge(edge.certs, 'on the application host', {
    title: 'the application host serves the same keys',
    evidence: 'assumed',
    source: ['edge-certs-application-host'],
    async run(target) {
      const { url } = await arrange(target, 'M')
      const here = await publishedAt(target, new URL(edge.certs.path, url).href)
      same(here, await publishedAt(target, onTeam(target, edge.certs.path)), 'certs')
    },
  }),
  reading(edge.certs, 'unknown team', {
    title: 'an unknown team is 404 with the page for an unknown organization',
    evidence: 'recorded',
    source: ['edge-organization-unknown', 'edge-organization-unknown-text'],
    async run(target) {
      const url = `https://no-such-team-7f3a.cloudflareaccess.com${edge.certs.path}`
      const answer = await ask(target, url)
      expects(answer, { status: 404, page: organizationUnknown })
      fits(answer.text, title, 'title')
    },
  }),
]
