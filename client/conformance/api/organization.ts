/**
 * Cases of the organization and the signing keys. There is one of each per account, so most cases need an account of
 * their own.
 */
import { api } from '../../../contracts/api/operations.ts'
import { certs } from '../../../contracts/edge/claims.ts'
import { edge } from '../../../contracts/edge/endpoints.ts'
import { refuses, succeeds } from '../api-answer.ts'
import { allowPeople, arrange, peopleDomain, person, signIn } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { owning, reading } from '../define.ts'
import { fits, holds, parsed, same } from '../difference.ts'
import { ask } from '../edge-answer.ts'

const { organizations, keys } = api
const recorded = { evidence: 'recorded', source: ['api-auth-domain-required'] } as const

async function organization(target: CaseTarget) {
  return (await succeeds(target, organizations.get)).result
}

async function published(target: CaseTarget) {
  const answer = await ask(target, `https://${target.team}${edge.certs.path}`)
  return parsed(certs(), answer.json, 'certs')
}

export const organizationCases: readonly Case[] = [
  reading(organizations.get, 'is an object', {
    title: 'the organization is one object with its team domain',
    async run(target) {
      same((await organization(target)).auth_domain, target.team, 'auth_domain')
    },
  }),
  reading(organizations.get, 'says strict', {
    title: 'strict_service_token_auth reads true where it is in force',
    profiles: ['strict'],
    source: ['edge-strict-default'],
    async run(target) {
      same((await organization(target)).strict_service_token_auth, true, 'strict')
    },
  }),
  owning(organizations.create, 'twice', {
    title: 'an account has one organization: a second one is refused',
    evidence: 'assumed',
    source: ['api-organization-exists'],
    refused: 'organization_exists',
    input: (target) => ({ body: { name: 'second', auth_domain: `second-${target.team}` } }),
  }),
  owning(organizations.replace, 'returns to defaults', {
    title: 'a replacement keeps the team domain, and omitted fields return to their defaults',
    async run(target) {
      const { auth_domain, created_at } = await organization(target)
      await succeeds(target, organizations.patch, { body: { session_duration: '1h' } })
      const body = { name: 'renamed', auth_domain }
      const { result } = await succeeds(target, organizations.replace, { body })
      holds(result, { ...body, created_at, session_duration: undefined }, 'answer')
      same(await organization(target), result, 'what is found afterwards')
    },
  }),
  owning(organizations.replace, 'no team domain', {
    title: 'a replacement without auth_domain is refused',
    ...recorded,
    refused: 'invalid_auth_domain',
    input: { body: { name: 'renamed' } },
  }),
  owning(organizations.replace, 'a domain that is none', {
    title: 'a team domain that is not under cloudflareaccess.com is refused',
    ...recorded,
    refused: 'invalid_auth_domain',
    input: { body: { name: 'x', auth_domain: 'team.example.com' } },
  }),
  owning(organizations.patch, 'changes parts', {
    title: 'a patch changes the fields it names and nothing else',
    async run(target) {
      const { updated_at: _, ...before } = await organization(target)
      const body = { session_duration: '6h' }
      const { result } = await succeeds(target, organizations.patch, { body })
      holds(result, { ...before, ...body }, 'answer')
      same(await organization(target), result, 'what is found afterwards')
    },
  }),
  owning(organizations.patch, 'taken team', {
    title: 'the team domain of another account is not available',
    needs: ['outsider'],
    evidence: 'assumed',
    source: ['api-auth-domain-taken'],
    refused: 'auth_domain_not_available',
    input: (target) => ({ body: { auth_domain: target.outsider?.team } }),
  }),
  owning(organizations.patch, 'strict is locked', {
    title: 'strict_service_token_auth cannot be turned off if it is locked',
    profiles: ['strict'],
    source: ['edge-strict-default', 'api-organization-strict-words'],
    refused: 'invalid_request',
    input: { body: { strict_service_token_auth: false } },
  }),
  owning(organizations.patch, 'strict can be set', {
    title: 'strict_service_token_auth can be turned on and off if it is not locked',
    profiles: ['expected', 'observed'],
    source: ['edge-strict-default'],
    async run(target) {
      for (const strict_service_token_auth of [true, false]) {
        const body = { strict_service_token_auth }
        const { result } = await succeeds(target, organizations.patch, { body })
        same(result.strict_service_token_auth, strict_service_token_auth, 'answer')
      }
    },
  }),
  owning(organizations.revokeUser, 'ends the tokens', {
    title: 'a revoked person’s tokens stop working, and a new one works',
    needs: ['write', 'hosts', 'person'],
    source: ['edge-revocation', 'api-revocation'],
    async run(target) {
      const { application, url } = await arrange(target, 'P')
      const token = await signIn(target, application)
      same((await ask(target, url, { token })).status, 200, 'before')
      const body = { email: person }
      const { result } = await succeeds(target, organizations.revokeUser, { body })
      same(result, true, 'result')
      same((await ask(target, url, { token })).kind, 'login', 'after')
      const anew = await signIn(target, application)
      same((await ask(target, url, { token: anew })).status, 200, 'with a new token')
    },
  }),
  owning(organizations.revokeUser, 'no email', {
    title: 'without an email it is an invalid request',
    refused: 'invalid_request',
    input: { body: { email: '' } },
  }),
  reading(keys.get, 'shape', {
    title: 'the configuration states the interval, the last rotation and the days until the next',
    async run(target) {
      const { result, answer } = await succeeds(target, keys.get)
      const { days_until_next_rotation: days, key_rotation_interval_days: interval } = result
      same(days >= 0 && days <= interval, true, `whether ${days} is within ${interval} days`)
      fits(answer.text, /"last_key_rotation_at":\s?"[^"]+\.\d{6}Z"/, 'microseconds')
    },
  }),
  owning(keys.update, 'interval', {
    title: 'a changed interval is returned, and found afterwards',
    async run(target) {
      const body = { key_rotation_interval_days: 60 }
      const { result } = await succeeds(target, keys.update, { body })
      holds(result, body, 'answer')
      same((await succeeds(target, keys.get)).result, result, 'what is found afterwards')
    },
  }),
  owning(keys.update, 'out of bounds', {
    title: 'an interval below 21 or above 365 days is refused',
    async run(target) {
      for (const key_rotation_interval_days of [20, 366, 30.5]) {
        const body = { key_rotation_interval_days }
        await refuses(target, keys.update, 'invalid_request', { body })
      }
    },
  }),
  owning(keys.rotate, 'previous stays', {
    title: 'after a rotation certs shows a new current key and the old one as previous',
    source: ['edge-key-rotation', 'edge-certs'],
    async run(target) {
      const before = await published(target)
      await succeeds(target, keys.rotate)
      await target.settle()
      const after = await published(target)
      const kids = after.keys.map(({ kid }) => kid)
      same(kids[0], before.public_cert.kid, 'the previous key')
      same(kids[1], after.public_cert.kid, 'the current key')
      const wasThere = before.keys.some(({ kid }) => kid === kids[1])
      same(wasThere, false, 'whether it was there before')
    },
  }),
  owning(keys.rotate, 'old tokens verify', {
    title: 'a token from before the rotation still opens the application',
    needs: ['write', 'hosts', 'person'],
    source: ['edge-key-rotation', 'edge-certs'],
    async run(target) {
      const policies = [allowPeople(peopleDomain)]
      const { application, url } = await arrange(target, 'P', { policies })
      const token = await signIn(target, application)
      await succeeds(target, keys.rotate)
      await target.settle()
      same((await ask(target, url, { token })).status, 200, 'status')
    },
  }),
]
