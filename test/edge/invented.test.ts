/** Rules and destinations with arbitrary users and hosts match those and no others. */
import { expect } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { invented } from '../support/invented.ts'
import { type ApplicationInput, app, everyone, policy, sharedEdge } from './applications.ts'

const edge = sharedEdge()

/** Creates an application for the duration of a callback. */
async function having<T>(body: ApplicationInput, ask: (aud: string) => Promise<T>): Promise<T> {
  const { id, aud } = await edge().api(api.applications.create, { body })
  const answer = await ask(aud)
  await edge().api(api.applications.delete, { params: { app_id: id } })
  return answer
}

interface Person {
  readonly email: string
  readonly groups?: string[]
  readonly claims?: Record<string, unknown>
}

/** The users admitted by an Allow policy with this rule. */
async function admitted(domain: string, rule: object, people: readonly Person[]) {
  return having(app(domain, [policy('allow', [rule])]), async () => {
    const found: Person[] = []
    for (const person of people) {
      const body = { ...person, application: domain }
      const { application_token } = await edge().emulator.control.createSession({ body })
      if (application_token !== null) found.push(person)
    }
    return found
  })
}

invented('an address, and a domain of addresses', 12, async ({ host, email }) => {
  const [at, address] = [host('example.com'), email()]
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const people = (addresses: readonly string[]) => addresses.map((each) => ({ email: each }))
  const same = people([address, address.toUpperCase(), address.toLowerCase()])
  const others = people([`x${address}`, `${address}.example`, address.replace('@', '@x.')])
  expect(await admitted(at, { email: { email: address } }, [...same, ...others])).toEqual(same)
  const outside = people([
    `a@sub.${domain}`,
    `a@x${domain}`,
    `a@${domain}.example`,
    `${domain}@example.org`,
    `a@${domain}@example.org`,
  ])
  const inDomain = { email_domain: { domain } }
  expect(await admitted(at, inDomain, [...same, ...outside])).toEqual(same)
})

invented('groups and claims of a provider', 12, async ({ host, name, email }) => {
  const [at, group, value] = [host('example.com'), name(), name()]
  // JSON objects handle a member of that name unreliably.
  const claim = name(60).replace('__proto__', 'proto')
  const member = { email: email(), groups: [name(), group] }
  const other = { email: member.email, groups: [`${group}x`, group.slice(0, -1)] }
  expect(await admitted(at, { okta: { name: group } }, [member, other])).toEqual([member])
  const holder = { email: email(), claims: { [claim]: value } }
  const without = [{ claims: {} }, { claims: { [claim]: `${value}x` } }, { claims: { x: value } }]
  const people = [holder, ...without.map((each) => ({ email: holder.email, ...each }))]
  const oidc = { oidc: { claim_name: claim, claim_value: value } }
  const saml = { saml: { attribute_name: claim, attribute_value: value } }
  expect(await admitted(at, oidc, people)).toEqual([holder])
  expect(await admitted(at, saml, people)).toEqual([holder])
})

invented('a host and path, and a wildcard', 12, async ({ host, faker }) => {
  const [domain, base] = [host('example.com'), host('example.com')]
  const [segment, label] = [faker.string.alpha(8).toLowerCase(), faker.string.alphanumeric(5)]
  const guard = async (asked: string, path: string) =>
    (await edge().send(asked, { path })).headers['cf-access-aud'] ?? 'open'
  const closed = [policy('deny', everyone)]
  await having(app(`${domain}/${segment}`, closed), async (aud) => {
    const inside = [`/${segment}`, `/${segment}/x`, `/x/../${segment}`, `//${segment}`]
    for (const as of [domain, domain.toUpperCase(), `${domain}.`, `${domain}:443`]) {
      for (const path of inside) expect([as, path, await guard(as, path)]).toEqual([as, path, aud])
    }
    for (const path of ['/', `/${segment}x`, `/x/${segment}`]) {
      expect([path, await guard(domain, path)]).toEqual([path, 'open'])
    }
    expect(await guard(`x.${domain}`, `/${segment}`)).toBe('open')
  })
  await having(app(`*.${base}`, closed), async (aud) => {
    expect(await guard(`${label}.${base}`, '/')).toBe(aud)
    for (const asked of [base, `${label}${base}`]) {
      expect([asked, await guard(asked, '/')]).toEqual([asked, 'open'])
    }
  })
})
