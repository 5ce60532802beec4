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
const numbered = (id, at) => id.slice(0, -8) + suffix(at)
