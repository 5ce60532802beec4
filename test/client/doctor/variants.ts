/** The same causes in other setups, by API calls alone: rows that fit only the catalogue's setup fail here. */

import type { Rule } from '../../../contracts/api/rules.ts'
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { type Fixture, good, people, type SituationMaker, serviceAuth, wrong } from './situation.ts'

const anyToken = { any_valid_service_token: {} }
const at = ({ host }: Fixture, path = '/') => `https://${host}${path}`

async function refused(
  fixture: Fixture,
  policies: (pair: { readonly id: string }) => Parameters<Fixture['application']>[0],
  change: (pair: Awaited<ReturnType<Fixture['token']>>) => Promise<object> | object = () => ({}),
  fields: Parameters<Fixture['application']>[1] = {},
) {
  const pair = await fixture.token()
  await fixture.application(policies(pair), fields)
  return { url: at(fixture), pair: { ...pair, ...(await change(pair)) } }
}

const machines = (pair: { readonly id: string }) => [serviceAuth(pair)]
const disabled = (fixture: Fixture) => async (pair: { readonly id: string }) => {
  await fixture.api.serviceTokens.replace({ service_token_id: pair.id, body: { enabled: false } })
  return {}
}

/** A policy includes a group that holds the token, and the group has further conditions. */
async function throughGroup(
  fixture: Fixture,
  more: { readonly require?: Rule[]; readonly exclude?: Rule[] },
) {
  const pair = await fixture.token()
  const include = [{ service_token: { token_id: pair.id } }]
  const { id } = await fixture.api.groups.create({ body: { name: 'machines', include, ...more } })
  await fixture.application([{ decision: 'non_identity', include: [{ group: { id } }] }])
  return { url: at(fixture), pair }
}

export interface Variant {
  readonly id: ModeId
  readonly how: string
  readonly make: SituationMaker
}

const variant = (id: ModeId, how: string, make: SituationMaker): Variant => ({ id, how, make })

export const variants: readonly Variant[] = [
  variant('token-wrong-secret', 'with only machines admitted', (fixture) =>
    refused(fixture, machines, () => ({ client_secret: wrong })),
  ),
  variant('token-wrong-secret', 'of a token that was renamed since', (fixture) =>
    refused(
      fixture,
      (pair) => [serviceAuth(pair), people],
      async (pair) => {
        await fixture.pass(3600)
        await fixture.api.serviceTokens.replace({
          service_token_id: pair.id,
          body: { name: 'renamed' },
        })
        return { client_secret: wrong }
      },
    ),
  ),
  variant('token-unknown', 'with only machines admitted', (fixture) =>
    refused(fixture, machines, () => ({ client_id: `${'ab'.repeat(16)}.access` })),
  ),
  variant('token-disabled', 'with only machines admitted', (fixture) =>
    refused(fixture, machines, disabled(fixture)),
  ),
  variant('token-rotated', 'with only machines admitted', (fixture) =>
    refused(fixture, machines, async (pair) => {
      await fixture.pass(3600)
      await fixture.api.serviceTokens.rotate({ service_token_id: pair.id })
      return {}
    }),
  ),
  variant('token-rotated', 'without a policy that names it', async (fixture) => {
    const other = await fixture.token({ name: 'another' })
    return refused(
      fixture,
      () => [serviceAuth(other), people],
      async (pair) => {
        await fixture.pass(3600)
        await fixture.api.serviceTokens.rotate({ service_token_id: pair.id })
        return {}
      },
    )
  }),
  variant('token-not-included', 'beside people', async (fixture) => {
    const other = await fixture.token({ name: 'another' })
    return refused(fixture, () => [serviceAuth(other), people])
  }),
  variant('token-not-included', 'of an application for people', (fixture) =>
    refused(fixture, () => [people]),
  ),
  variant('token-not-included', 'in a group that holds another', async (fixture) => {
    const other = await fixture.token({ name: 'another' })
    const include = [{ service_token: { token_id: other.id } }]
    const { id } = await fixture.api.groups.create({ body: { name: 'machines', include } })
    return refused(fixture, () => [{ decision: 'non_identity', include: [{ group: { id } }] }])
  }),
  variant('token-under-allow', 'by any valid service token', async (fixture) =>
    fixture.profile === 'expected'
      ? undefined
      : refused(fixture, () => [{ decision: 'allow', include: [anyToken] }]),
  ),
  variant('token-under-allow', 'beside people and another machine', async (fixture) => {
    if (fixture.profile === 'expected') return undefined
    const other = await fixture.token({ name: 'another' })
    return refused(fixture, (pair) => [
      serviceAuth(other),
      { ...serviceAuth(pair), decision: 'allow' },
      people,
    ])
  }),
  variant('policy-require-fails', 'by a country, beside people', (fixture) =>
    refused(fixture, (pair) => [
      { ...serviceAuth(pair), require: [{ geo: { country_code: 'AQ' } }] },
      people,
    ]),
  ),
  variant('policy-exclude-matches', 'beside people', (fixture) =>
    refused(fixture, (pair) => [
      { decision: 'non_identity', include: [anyToken], exclude: serviceAuth(pair).include },
      people,
    ]),
  ),
  variant('policy-require-fails', 'in the group that the policy names', (fixture) =>
    throughGroup(fixture, { require: [{ geo: { country_code: 'AQ' } }] }),
  ),
  variant('policy-exclude-matches', 'in the group that the policy names', (fixture) =>
    throughGroup(fixture, { exclude: [anyToken] }),
  ),
  variant('policy-exclude-matches', 'with everyone else admitted', (fixture) =>
    refused(fixture, () => [
      {
        decision: 'non_identity',
        include: [{ everyone: {} }],
        exclude: [{ ip: { ip: '127.0.0.0/8' } }],
      },
    ]),
  ),
  variant('policy-missing', 'with a bad pair', async (fixture) =>
    // A strict organization reports the bad pair first.
    fixture.profile === 'strict'
      ? undefined
      : refused(
          fixture,
          () => [],
          () => ({ client_secret: wrong }),
        ),
  ),
  variant('path-not-covered', 'with an application on another path', (fixture) =>
    refused(fixture, machines, () => ({}), { domain: `${fixture.host}/admin` }),
  ),
  variant('domain-malformed', 'by two wildcards in one segment', async (fixture) => {
    await fixture.record()
    return refused(fixture, machines, () => ({}), { domain: `${fixture.host}/a*b*c` })
  }),
  variant('wildcard-level', 'at the bare name', async (fixture) => {
    await fixture.record()
    return refused(fixture, machines, () => ({}), { domain: `*.${fixture.host}` })
  }),
  variant('host-not-protected', 'beside an application elsewhere', async (fixture) => {
    await fixture.record()
    const { pair } = await good(fixture)
    return { url: `https://unprotected.${fixture.host}/`, pair }
  }),
  variant('policy-bypass', 'by address', (fixture) =>
    refused(fixture, (pair) => [
      serviceAuth(pair),
      { decision: 'bypass', include: [{ ip: { ip: '127.0.0.0/8' } }] },
    ]),
  ),
  variant('origin-not-found', 'beside people', async (fixture) => {
    const { pair } = await good(fixture, { withPeople: true })
    return { url: at(fixture, '/status/404'), pair }
  }),
]
