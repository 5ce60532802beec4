/** Cases of creating an application: its destinations, AUD tag and inline policies, and what is refused. */
import { recordedDetails } from '../../../contracts/api/details.ts'
import { api } from '../../../contracts/api/operations.ts'
import { succeeds } from '../api-answer.ts'
import {
  type ApplicationInput,
  allowPeople,
  application,
  applicationBody,
  hostName,
  peopleDomain,
} from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { writing } from '../define.ts'
import { fits, holds, same } from '../difference.ts'

const { create } = api.applications

const publicly = (uri: string) => ({ type: 'public', uri }) as const

/** The input of a creation that is refused. */
const body = (target: CaseTarget, settings: Partial<ApplicationInput>) => ({
  body: applicationBody(target, settings),
})

export const destinationCases: readonly Case[] = [
  writing(create, 'domain fills the views', {
    title: 'a domain alone fills self_hosted_domains and destinations',
    source: ['api-destinations'],
    async run(target) {
      const domain = hostName(target)
      const made = await application(target, { domain })
      const views = { domain, self_hosted_domains: [domain], destinations: [publicly(domain)] }
      holds(made, views, 'the three views')
    },
  }),
  writing(create, 'destinations win', {
    title: 'destinations take precedence over self_hosted_domains',
    source: ['api-destinations'],
    async run(target) {
      const [domain, second, ignored] = [hostName(target), hostName(target), hostName(target)]
      const destinations = [publicly(domain), publicly(second)]
      const settings = { domain, self_hosted_domains: [ignored], destinations }
      const made = await application(target, settings)
      same(made.self_hosted_domains, [domain, second], 'self_hosted_domains')
    },
  }),
  writing(create, 'aud tag of its own', {
    title: 'each application has its own AUD tag of 64 hex characters',
    source: ['api-applications', 'api-id-forms'],
    async run(target) {
      const [one, other] = [await application(target), await application(target)]
      fits(one.aud, /^[0-9a-f]{64}$/, 'aud')
      same(one.aud === other.aud, false, 'whether two applications share their AUD tag')
    },
  }),
  writing(create, 'occupied domain', {
    title: 'a domain taken by another application is application_already_exists',
    evidence: 'recorded',
    source: ['api-application-exists'],
    refused: 'application_already_exists',
    async input(target) {
      const { domain } = await application(target)
      return body(target, { domain })
    },
  }),
  writing(create, 'occupied destination', {
    title: 'a further destination taken by another application is a conflict',
    evidence: 'assumed',
    source: ['api-destination-taken'],
    refused: 'conflict',
    message: new RegExp(recordedDetails.destinationTaken),
    async input(target) {
      const { domain: taken } = await application(target)
      const domain = hostName(target)
      return body(target, { domain, destinations: [publicly(domain), publicly(taken ?? '')] })
    },
  }),
  writing(create, 'domain outside the zone', {
    title: 'a domain outside the zones of the account is refused',
    evidence: 'recorded',
    source: ['api-domain-outside-zone'],
    refused: 'invalid_request',
    message: new RegExp(recordedDetails.domainNotInZone),
    input: (target) => body(target, { domain: 'x.invalid' }),
  }),
  writing(create, 'domain not among the destinations', {
    title: 'a domain that is not among the destinations is refused',
    evidence: 'recorded',
    source: ['api-domain-not-in-destinations'],
    refused: 'invalid_request',
    message: new RegExp(recordedDetails.domainNotInDestinations),
    input: (target) => body(target, { destinations: [publicly(hostName(target))] }),
  }),
  writing(create, 'unknown tag', {
    title: 'a tag that does not exist is refused',
    evidence: 'recorded',
    source: ['api-tag-unknown'],
    refused: 'invalid_request',
    message: new RegExp(recordedDetails.unknownTag),
    input: (target) => body(target, { tags: [target.name('no-such-tag')] }),
  }),
  writing(create, 'equal precedences', {
    title: 'two inline policies with the same precedence are refused',
    evidence: 'recorded',
    source: ['api-precedence-taken'],
    refused: 'invalid_request',
    message: new RegExp(recordedDetails.precedences),
    input(target) {
      const policy = { ...allowPeople(peopleDomain), precedence: 1 }
      return body(target, { policies: [policy, { ...policy, name: 'second' }] })
    },
  }),
  writing(create, 'inline policies', {
    title: 'inline policies are created, and embedded in the order of the list',
    source: ['api-application-policies'],
    async run(target) {
      const policies = [allowPeople(peopleDomain), { ...allowPeople(peopleDomain), name: 'second' }]
      const made = await application(target, { policies })
      const shown = made.policies.map(({ name, precedence }) => [name, precedence])
      const expected = policies.map(({ name }, index) => [name, index + 1])
      same(shown, expected, 'policies')
      const params = { app_id: made.id }
      const { result } = await succeeds(target, api.applicationPolicies.list, { params })
      same(result, made.policies, 'the list of its policies')
    },
  }),
  writing(create, 'under the zone', {
    title: 'an application created under the zone is found under the account',
    source: ['api-scopes', 'api-zone-answers'],
    async run(target) {
      const made = await application(target, { name: target.name('zoned') }, { zone: true })
      const params = { app_id: made.id }
      const { result: found } = await succeeds(target, api.applications.get, { params })
      same(found, made, 'what the account shows')
    },
  }),
]
