/** Cases of creating an application: its destinations, AUD tag and inline policies, and what is refused. */
import { recordedDetails } from '../../../contracts/api/details.ts'
import { api } from '../../../contracts/api/operations.ts'
import { refuses, succeeds } from '../api-answer.ts'
import { allowPeople, application, hostName, peopleDomain } from '../arrange.ts'
import type { Case } from '../case.ts'
import { casesOf } from '../define.ts'
import { fits, holds, same } from '../difference.ts'

const { create } = api.applications
const needs = ['write'] as const
const refusal = { needs, evidence: 'recorded' } as const

export const destinationCases: readonly Case[] = casesOf(create, {
  'domain fills the views': {
    title: 'a domain alone fills self_hosted_domains and destinations',
    source: ['api-destinations'],
    needs,
    async run(target) {
      const domain = hostName(target)
      const made = await application(target, { domain })
      holds(
        made,
        { domain, self_hosted_domains: [domain], destinations: [{ type: 'public', uri: domain }] },
        'the three views',
      )
    },
  },
  'destinations win': {
    title: 'destinations take precedence over self_hosted_domains',
    source: ['api-destinations'],
    needs,
    async run(target) {
      const [domain, second, ignored] = [hostName(target), hostName(target), hostName(target)]
      const made = await application(target, {
        domain,
        self_hosted_domains: [ignored],
        destinations: [
          { type: 'public', uri: domain },
          { type: 'public', uri: second },
        ],
      })
      same(made.self_hosted_domains, [domain, second], 'self_hosted_domains')
    },
  },
  'aud tag of its own': {
    title: 'each application has its own AUD tag of 64 hex characters',
    source: ['api-applications', 'api-id-forms'],
    needs,
    async run(target) {
      const [one, other] = [await application(target), await application(target)]
      fits(one.aud, /^[0-9a-f]{64}$/, 'aud')
      same(one.aud === other.aud, false, 'whether two applications share their AUD tag')
    },
  },
  'occupied domain': {
    title: 'a domain taken by another application is application_already_exists',
    ...refusal,
    source: ['api-application-exists'],
    async run(target) {
      const { domain } = await application(target)
      const body = { type: 'self_hosted', name: target.name('second'), domain } as const
      await refuses(target, create, 'application_already_exists', { body })
    },
  },
  'occupied destination': {
    title: 'a further destination taken by another application is a conflict',
    ...refusal,
    evidence: 'assumed',
    source: ['api-destination-taken'],
    async run(target) {
      const { domain: taken } = await application(target)
      const domain = hostName(target)
      const destinations = [domain, taken ?? ''].map((uri) => ({ type: 'public', uri }) as const)
      const body = { type: 'self_hosted', name: target.name('x'), domain, destinations } as const
      const { message } = await refuses(target, create, 'conflict', { body })
      fits(message, new RegExp(recordedDetails.destinationTaken), 'message')
    },
  },
  'domain outside the zone': {
    title: 'a domain outside the zones of the account is refused',
    ...refusal,
    source: ['api-domain-outside-zone'],
    async run(target) {
      const body = { type: 'self_hosted', name: target.name('x'), domain: 'x.invalid' } as const
      const { message } = await refuses(target, create, 'invalid_request', { body })
      fits(message, new RegExp(recordedDetails.domainNotInZone), 'message')
    },
  },
  'domain not among the destinations': {
    title: 'a domain that is not among the destinations is refused',
    ...refusal,
    source: ['api-domain-not-in-destinations'],
    async run(target) {
      const [domain, uri] = [hostName(target), hostName(target)]
      const destinations = [{ type: 'public', uri } as const]
      const body = { type: 'self_hosted', name: target.name('x'), domain, destinations } as const
      const { message } = await refuses(target, create, 'invalid_request', { body })
      fits(message, new RegExp(recordedDetails.domainNotInDestinations), 'message')
    },
  },
  'unknown tag': {
    title: 'a tag that does not exist is refused',
    ...refusal,
    source: ['api-tag-unknown'],
    async run(target) {
      const domain = hostName(target)
      const tags = [target.name('no-such-tag')]
      const body = { type: 'self_hosted', name: target.name('x'), domain, tags } as const
      const { message } = await refuses(target, create, 'invalid_request', { body })
      fits(message, new RegExp(recordedDetails.unknownTag), 'message')
    },
  },
  'equal precedences': {
    title: 'two inline policies with the same precedence are refused',
    ...refusal,
    source: ['api-precedence-taken'],
    async run(target) {
      const policy = { ...allowPeople(peopleDomain), precedence: 1 }
      const policies = [policy, { ...policy, name: 'second' }]
      const domain = hostName(target)
      const body = { type: 'self_hosted', name: target.name('x'), domain } as const
      const input = { body: { ...body, policies } }
      const { message } = await refuses(target, create, 'invalid_request', input)
      fits(message, new RegExp(recordedDetails.precedences), 'message')
    },
  },
  'inline policies': {
    title: 'inline policies are created, and embedded in the order of the list',
    source: ['api-application-policies'],
    needs,
    async run(target) {
      const policies = [allowPeople(peopleDomain), { ...allowPeople(peopleDomain), name: 'second' }]
      const made = await application(target, { policies })
      const shown = made.policies.map(({ name, precedence }) => ({ name, precedence }))
      same(
        shown,
        [
          { name: policies[0]?.name, precedence: 1 },
          { name: 'second', precedence: 2 },
        ],
        'policies',
      )
      const { result } = await succeeds(target, api.applicationPolicies.list, {
        params: { app_id: made.id },
      })
      same(result, made.policies, 'the list of its policies')
    },
  },
  'under the zone': {
    title: 'an application created under the zone is found under the account',
    source: ['api-scopes', 'api-zone-answers'],
    needs,
    async run(target) {
      const body = {
        type: 'self_hosted',
        name: target.name('zoned'),
        domain: hostName(target),
      } as const
      const { result } = await succeeds(target, create, { body, zone: true })
      target.cleanup(() => target.api.applications.delete({ app_id: result.id }))
      const params = { app_id: result.id }
      const { result: found } = await succeeds(target, api.applications.get, { params })
      same(found, result, 'what the account shows')
    },
  },
})
