/** The emulator's data that the rows share: the pair of the seed `example`, and seeds of any size. */

export const host = 'machines.example.com'

export const pair = {
  'cf-access-client-id': 'e0a1e0a1e0a1e0a1e0a1e0a1e0a1e0a1.access',
  'cf-access-client-secret': 'cfast_exampleSecretOfCiDeployNotARealOne00000000000000',
}

/** What to send for a token; `host` in the headers leads to the edge. */
export function exchange(url) {
  return {
    url: `${url}/cdn-cgi/access/service/auth`,
    method: 'POST',
    headers: { host, ...pair },
  }
}

/** The snapshot of an account, grown in one way. */
export const grown = {
  /** With its first application, and that application's policies, so many times over. */
  applications: multiplied,
  /** With so many policies on its first application, of which the last alone lets the pair in. */
  policies(snapshot, count) {
    const { application, own } = firstOf(snapshot)
    const many = Array.from({ length: count }, (_, at) => ({
      ...own,
      id: numbered(own.id, at),
      precedence: at + 1,
      include: at === count - 1 ? own.include : [{ email: { email: `nobody-${at}@example.com` } }],
    }))
    const links = many.map(({ id, precedence }) => ({ id, precedence }))
    return {
      ...snapshot,
      applications: [{ ...application, links }],
      policies: many.map(({ precedence: _, ...policy }) => policy),
    }
  },
  /** Whose policy names groups that include others, in chains of fifty. The last of all lets the pair in. */
  groups(snapshot, count) {
    const { application, own } = firstOf(snapshot)
    const depth = 50
    const { created_at, updated_at } = own
    const id = (at) => numbered(own.id, 0x1000 + at)
    const groups = Array.from({ length: count }, (_, at) => ({
      ...{ id: id(at), uid: id(at), name: `Group ${at}`, exclude: [], require: [], created_at },
      ...{ updated_at, extra: {} },
      include:
        at === count - 1
          ? own.include
          : (at + 1) % depth === 0
            ? [{ email: { email: `nobody-${at}@example.com` } }]
            : [{ group: { id: id(at + 1) } }],
    }))
    const heads = groups.filter((_, at) => at % depth === 0)
    const policies = [{ ...own, include: heads.map(({ id }) => ({ group: { id } })) }]
    return { ...snapshot, applications: [application], policies, groups }
  },
  /** With so many service tokens, any of which its first application takes. */
  tokens(snapshot, count) {
    const { application, own } = firstOf(snapshot)
    const [first] = snapshot.service_tokens
    const service_tokens = clientIds(count).map((client_id, at) => ({
      ...first,
      ...{ id: numbered(first.id, at), name: `Token ${at}`, client_id },
    }))
    const policies = [{ ...own, include: [{ any_valid_service_token: {} }] }]
    return { ...snapshot, applications: [application], policies, service_tokens }
  },
}

/** Of the service tokens that `grown.tokens` makes; the secret is that of the pair. */
export function clientIds(count) {
  const id = pair['cf-access-client-id']
  return Array.from({ length: count }, (_, at) => id.replace(/.{8}(?=\.)/, suffix(at)))
}

function firstOf({ applications: [application], policies }) {
  return { application, own: policies.find((each) => each.application_id === application.id) }
}

/** The snapshot of an account with its first application, and that application's policies, so many times over. */
export function multiplied(snapshot, count) {
  const [first] = snapshot.applications
  const own = snapshot.policies.filter(({ application_id }) => application_id === first.id)
  const applications = []
  const policies = []
  for (let at = 0; at < count; at++) {
    const id = numbered(first.id, at)
    const domain = `app-${at}.example.com`
    const renamed = own.map((policy, place) => ({
      ...policy,
      id: numbered(policy.id, at * own.length + place),
      application_id: id,
    }))
    policies.push(...renamed)
    applications.push({
      ...first,
      id,
      uid: id,
      name: `Application ${at}`,
      aud: first.aud.slice(0, -8) + suffix(at),
      domain,
      self_hosted_domains: [domain],
      destinations: [{ type: 'public', uri: domain }],
      links: first.links.map((link, place) => ({ ...link, id: renamed[place].id })),
    })
  }
  return { ...snapshot, applications, policies }
}

const suffix = (at) => at.toString(16).padStart(8, '0')
/** The id of the copy with this number. */
export const numbered = (id, at) => id.slice(0, -8) + suffix(at)
