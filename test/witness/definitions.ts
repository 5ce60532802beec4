/** What the calls of the official suite name besides resources, and which of them are refused. */
import type { Witness } from './official-client.ts'

/** Fields of bodies that name an object, by the parameter that names it in a path. */
export const idsInBodies: Readonly<Record<string, string>> = {
  idp_id: 'identity_provider_id',
  service_token_id: 'service_token_id',
  saml_certificate_set_id: 'saml_cert_set_id',
  server_id: 'mcp_server_id',
  target_ids: 'target_id',
  seat_uid: 'seat_uid',
}

type Ids = (param: string) => Promise<string>

/** The suite's way to send query fields: to a path that does not exist. */
export function isOfUnknownPath(args: readonly unknown[]): boolean {
  return args.some((each) => Reflect.get(Object(each), 'path') === '/_stainless_unknown_path')
}

/** Ids of objects that have another way to be created, or must be of a certain kind; undefined for all others. */
export async function otherIds(
  param: string,
  group: string,
  witness: Witness,
): Promise<string | undefined> {
  const { account_id, send } = witness
  const access = `/accounts/${account_id}/access`
  const made = async (path: string, body: object) => {
    const { result } = await send('POST', `${access}/${path}`, body)
    return Object(result).id as string
  }
  const saml = { type: 'saml', name: 'SAML', config: { sso_target_url: 'https://idp.example' } }
  switch (param) {
    case 'saml_cert_set_id': {
      const id = await made('identity_providers', saml)
      return Object(
        (await send('POST', `${access}/identity_providers/${id}/saml_certificate`)).result,
      ).uid
    }
    case 'identity_provider_id':
      return group === 'identityProviders' ? oneTimePin(witness) : made('identity_providers', saml)
    case 'policy_test_id':
      return made('policy-tests', { policies: [] })
    case 'bookmark_id': {
      const id = '01234567-89ab-4cde-8f01-0123456789ab'
      if (!group.startsWith('new '))
        await send('POST', `${access}/bookmarks/${id}`, { name: 'One' })
      return id
    }
    case 'user_id':
      return (await session(witness)).user_uuid
    case 'seat_uid':
      return (await session(witness)).seat_uid
    case 'nonce':
      return (await session(witness)).nonce
    default:
      return undefined
  }
}

/** Of most fields of an identity provider the type decides; that of the suite is One-time PIN. */
async function oneTimePin({ account_id, send }: Witness): Promise<string> {
  const { result } = await send('GET', `/accounts/${account_id}/access/identity_providers`)
  const all = result as readonly { readonly id: string; readonly type: string }[]
  return all.find(({ type }) => type === 'onetimepin')?.id ?? ''
}

/** The person of the suite, signed in at an application. */
async function session({ account_id, emulator, freshHost, send }: Witness) {
  const access = `/accounts/${account_id}/access`
  const everyone = [{ name: 'Everyone', decision: 'allow', include: [{ everyone: {} }] }]
  const { result } = await send('POST', `${access}/apps`, {
    type: 'self_hosted',
    name: 'Signed in at',
    domain: freshHost(),
    policies: everyone,
  })
  const application = String(Object(result).id)
  const { user_uuid } = await emulator.control.createSession({
    body: { email: 'jdoe@example.com', application },
  })
  const of = `${access}/users/${user_uuid}`
  const { seat_uid } = Object((await send('GET', of)).result)
  const [first] = (await send('GET', `${of}/active_sessions`)).result as readonly {
    readonly metadata: { readonly nonce: string }
  }[]
  if (first === undefined) throw new Error('nobody is signed in')
  return { user_uuid, seat_uid: String(seat_uid), nonce: first.metadata.nonce }
}

/** What must be, or not be, before a call: by the call. */
export async function prepare(call: string, witness: Witness, idOf: Ids): Promise<void> {
  const { account_id, send } = witness
  const access = `/accounts/${account_id}/access`
  if (/applications\.cas\.(get|delete)$/.test(call)) {
    await send('POST', `${access}/apps/${await idOf('app_id')}/ca`)
  }
  if (call === 'zeroTrust.identityProviders.create') {
    await send('DELETE', `${access}/identity_providers/${await oneTimePin(witness)}`)
  }
}

export interface Refusal {
  readonly title: RegExp
  readonly status: number
  /** Why, by the official document or the register. */
  readonly because: string
}

/** Calls of the suite whose made-up values Access refuses. */
export const refusals: readonly Refusal[] = [
  {
    title: /access\.applications\.(create|update): .*optional/,
    status: 400,
    because: 'options_preflight_bypass: "Cannot turn on if cors_headers is set."',
  },
  {
    title: /applications\.policies\.(create|update): /,
    status: 400,
    because: 'a policy has a name, a decision and an include list; the suite sends none of them',
  },
  {
    title: /tags\.create: create: only/,
    status: 400,
    because: 'name: "The name of the tag", which is its id; the suite sends none',
  },
  {
    title: /policyTests\.create: .*optional/,
    status: 400,
    because:
      'policies: "The UUID of the reusable policy you wish to test"; the suite sends 64 hex digits',
  },
  {
    title:
      /(customPages|accessRequests|updates|access\.policies|tags|users|scim\.groups)\.list: .*optional/,
    status: 400,
    because: 'page: "Page number of results", from 1 on; that of the suite is 0',
  },
  {
    title: /targets\.list: .*optional/,
    status: 400,
    because:
      'ipv4_start: "an IPv4 filter range\'s starting value"; that of the suite is "ipv4_start"',
  },
  {
    title: /certificates\.create/,
    status: 400,
    because: 'certificate: "The certificate content."; that of the suite is cut short',
  },
  {
    title: /targets\.(create|bulkUpdate|update): .*only/,
    status: 400,
    because:
      'ip: "The IPv4/IPv6 address that identifies where to reach a target"; that of the suite is {}',
  },
  {
    title: /targets\.bulkDelete: /,
    status: 400,
    because: 'its body is required; the client sends none with a DELETE',
  },
  {
    title: /serviceTokens\.create: .*optional/,
    status: 400,
    because:
      'client_secret_version counts from 1 (api-service-token-rotation); that of the suite is 0',
  },
  {
    title: /identityProviders\.(create|update): .*optional/,
    status: 400,
    because:
      'a One-time PIN syncs nothing by SCIM; the suite sends the settings of Azure AD and scim_config',
  },
  {
    title: /organizations\.create/,
    status: 409,
    because: 'an account has one organization, and none of its other operations work without it',
  },
  {
    title: /organizations\.update/,
    status: 400,
    because:
      'auth_domain is required, as recorded in api-auth-domain-required; the suite sends nothing',
  },
]
