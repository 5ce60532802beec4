/** The same causes in other surroundings, by API calls alone: rows that know only the catalogue's world fail here. */
import type { ModeId } from '../../contracts/modes/catalogue.ts'
import type { Rule } from '../../contracts/rules.ts'
import { good, type Make, people, serviceAuth, type Workshop, wrong } from './situation.ts'

const anyToken = { any_valid_service_token: {} }
const at = ({ host }: Workshop, path = '/') => `https://${host}${path}`

async function refused(
  shop: Workshop,
  policies: (pair: { readonly id: string }) => Parameters<Workshop['application']>[0],
  change: (pair: Awaited<ReturnType<Workshop['token']>>) => Promise<object> | object = () => ({}),
  fields: Parameters<Workshop['application']>[1] = {},
) {
  const pair = await shop.token()
  await shop.application(policies(pair), fields)
  return { url: at(shop), pair: { ...pair, ...(await change(pair)) } }
}

const machines = (pair: { readonly id: string }) => [serviceAuth(pair)]
const disabled = (shop: Workshop) => async (pair: { readonly id: string }) => {
  await shop.api.serviceTokens.replace({ service_token_id: pair.id, body: { enabled: false } })
  return {}
}

/** A policy includes a group that holds the token, and the group says more. */
async function throughGroup(
  shop: Workshop,
  more: { readonly require?: Rule[]; readonly exclude?: Rule[] },
) {
  const pair = await shop.token()
  const include = [{ service_token: { token_id: pair.id } }]
  const { id } = await shop.api.groups.create({ body: { name: 'machines', include, ...more } })
  await shop.application([{ decision: 'non_identity', include: [{ group: { id } }] }])
  return { url: at(shop), pair }
}

export interface Variant {
  readonly id: ModeId
  readonly how: string
  readonly make: Make
}

const variant = (id: ModeId, how: string, make: Make): Variant => ({ id, how, make })

export const variants: readonly Variant[] = [
  variant('token-wrong-secret', 'where only machines may come', (shop) =>
    refused(shop, machines, () => ({ client_secret: wrong })),
  ),
  variant('token-wrong-secret', 'of a token that was renamed since', (shop) =>
    refused(
      shop,
      (pair) => [serviceAuth(pair), people],
      async (pair) => {
        await shop.pass(3600)
        await shop.api.serviceTokens.replace({
          service_token_id: pair.id,
          body: { name: 'renamed' },
        })
        return { client_secret: wrong }
      },
    ),
  ),
  variant('token-unknown', 'where only machines may come', (shop) =>
    refused(shop, machines, () => ({ client_id: `${'ab'.repeat(16)}.access` })),
  ),
  variant('token-disabled', 'where only machines may come', (shop) =>
    refused(shop, machines, disabled(shop)),
  ),
  variant('token-rotated', 'where only machines may come', (shop) =>
    refused(shop, machines, async (pair) => {
      await shop.pass(3600)
      await shop.api.serviceTokens.rotate({ service_token_id: pair.id })
      return {}
    }),
  ),
  variant('token-rotated', 'and no policy names it', async (shop) => {
    const other = await shop.token({ name: 'another' })
    return refused(
      shop,
      () => [serviceAuth(other), people],
      async (pair) => {
        await shop.pass(3600)
        await shop.api.serviceTokens.rotate({ service_token_id: pair.id })
        return {}
      },
    )
  }),
  variant('token-not-included', 'beside people', async (shop) => {
    const other = await shop.token({ name: 'another' })
    return refused(shop, () => [serviceAuth(other), people])
  }),
  variant('token-not-included', 'of an application for people', (shop) =>
    refused(shop, () => [people]),
  ),
  variant('token-not-included', 'in a group that holds another', async (shop) => {
    const other = await shop.token({ name: 'another' })
    const include = [{ service_token: { token_id: other.id } }]
    const { id } = await shop.api.groups.create({ body: { name: 'machines', include } })
    return refused(shop, () => [{ decision: 'non_identity', include: [{ group: { id } }] }])
  }),
  variant('token-under-allow', 'by any valid service token', async (shop) =>
    shop.profile === 'expected'
      ? undefined
      : refused(shop, () => [{ decision: 'allow', include: [anyToken] }]),
  ),
  variant('token-under-allow', 'beside people and another machine', async (shop) => {
    if (shop.profile === 'expected') return undefined
    const other = await shop.token({ name: 'another' })
    return refused(shop, (pair) => [
      serviceAuth(other),
      { ...serviceAuth(pair), decision: 'allow' },
      people,
    ])
  }),
  variant('policy-require-fails', 'by a country, beside people', (shop) =>
    refused(shop, (pair) => [
      { ...serviceAuth(pair), require: [{ geo: { country_code: 'AQ' } }] },
      people,
    ]),
  ),
  variant('policy-exclude-matches', 'beside people', (shop) =>
    refused(shop, (pair) => [
      { decision: 'non_identity', include: [anyToken], exclude: serviceAuth(pair).include },
      people,
    ]),
  ),
  variant('policy-require-fails', 'in the group that the policy names', (shop) =>
    throughGroup(shop, { require: [{ geo: { country_code: 'AQ' } }] }),
  ),
  variant('policy-exclude-matches', 'in the group that the policy names', (shop) =>
    throughGroup(shop, { exclude: [anyToken] }),
  ),
  variant('policy-exclude-matches', 'where everyone else may come', (shop) =>
    refused(shop, () => [
      {
        decision: 'non_identity',
        include: [{ everyone: {} }],
        exclude: [{ ip: { ip: '127.0.0.0/8' } }],
      },
    ]),
  ),
  variant('policy-missing', 'with a bad pair', async (shop) =>
    // A strict organization says first that the pair is bad.
    shop.profile === 'strict'
      ? undefined
      : refused(
          shop,
          () => [],
          () => ({ client_secret: wrong }),
        ),
  ),
  variant('path-not-covered', 'where another path is', (shop) =>
    refused(shop, machines, () => ({}), { domain: `${shop.host}/admin` }),
  ),
  variant('domain-malformed', 'by two wildcards in one segment', async (shop) => {
    await shop.record()
    return refused(shop, machines, () => ({}), { domain: `${shop.host}/a*b*c` })
  }),
  variant('wildcard-level', 'at the bare name', async (shop) => {
    await shop.record()
    return refused(shop, machines, () => ({}), { domain: `*.${shop.host}` })
  }),
  variant('host-not-protected', 'beside an application elsewhere', async (shop) => {
    await shop.record()
    const { pair } = await good(shop)
    return { url: `https://unprotected.${shop.host}/`, pair }
  }),
  variant('policy-bypass', 'by address', (shop) =>
    refused(shop, (pair) => [
      serviceAuth(pair),
      { decision: 'bypass', include: [{ ip: { ip: '127.0.0.0/8' } }] },
    ]),
  ),
  variant('origin-not-found', 'beside people', async (shop) => {
    const { pair } = await good(shop, { withPeople: true })
    return { url: at(shop, '/status/404'), pair }
  }),
]
