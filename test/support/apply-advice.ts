/** Carries out advice: changes the account through the API, and the request for the requests that follow. */
import type { ApiClient } from '../../client/api/api.ts'
import type { AdviceChange } from '../../contracts/control/advice.ts'
import type { Emulator } from '../../emulator/index.ts'

interface Pair {
  readonly client_id: string
  readonly client_secret: string
}

/** The parts of a request that advice can change. */
export interface Sent {
  readonly ip?: string
  readonly country?: string
  readonly commonName?: string
  readonly pair?: Pair
  /** An application token, as its cookie, and the CF_Binding beside it. */
  readonly token?: string
  readonly binding?: string
}

/** The request's destination, and what its sender could have. */
export interface Hands {
  readonly control: Emulator['control']
  readonly api: ApiClient
  readonly host: string
  /** Of the application that refuses. */
  readonly app_id: string
  readonly pairOf: (token_id: string) => Promise<Pair>
  /** A valid application token. */
  readonly issue?: () => Promise<Pick<Sent, 'token' | 'binding'>>
}

/** All changes of one piece of advice, in order. */
export async function carryOut(
  hands: Hands,
  sent: Sent,
  changes: readonly AdviceChange[],
): Promise<Sent> {
  let now = sent
  for (const change of changes) now = await after(hands, now, change)
  return now
}

/** Where it comes from. */
export function placeHeaders({ ip, country, commonName }: Sent): Record<string, string> {
  return {
    ...(ip && { 'access-emulator-client-ip': ip }),
    ...(country && { 'access-emulator-country': country }),
    ...(commonName && { 'access-emulator-certificate-common-name': commonName }),
  }
}

async function after(hands: Hands, sent: Sent, change: AdviceChange): Promise<Sent> {
  const { control, api, host, app_id, pairOf, issue } = hands
  switch (change.change) {
    case 'send_from':
      return { ...sent, ip: change.ip }
    case 'send_from_country':
      return { ...sent, country: change.country }
    case 'present_certificate':
      return { ...sent, commonName: change.common_name }
    case 'send_no_service_token': {
      const { pair: _, ...rest } = sent
      return rest
    }
    case 'send_service_token': {
      const { token: _, ...rest } = sent
      return { ...rest, pair: await pairOf(change.token_id) }
    }
    case 'send_application_token': {
      if (issue === undefined) throw new Error('no valid application token at hand')
      return { ...sent, ...(await issue()) }
    }
    case 'sign_in': {
      const { change: _, ...person } = change
      const { ip, country, commonName } = sent
      const place = {
        ...(ip && { ip }),
        ...(country && { country }),
        ...(commonName && { certificate: { common_name: commonName } }),
      }
      const body = { ...person, application: host, ...place }
      const { application_token } = await control.createSession({ body })
      const { pair: __, token: ___, ...rest } = sent
      return { ...rest, ...(application_token && { token: application_token }) }
    }
    case 'enable_service_token':
      await api.serviceTokens.replace({
        service_token_id: change.token_id,
        body: { enabled: true },
      })
      return sent
    case 'refresh_service_token':
      await api.serviceTokens.refresh({ service_token_id: change.token_id })
      return sent
    case 'set_decision':
    case 'add_exclude': {
      const at = { app_id, policy_id: change.policy_id }
      const { name, decision, include, exclude, require, precedence } =
        await api.applicationPolicies.get(at)
      const body = {
        ...{ name, include, require, precedence },
        decision: change.change === 'set_decision' ? change.decision : decision,
        exclude: change.change === 'add_exclude' ? [...exclude, change.rule] : exclude,
      }
      await api.applicationPolicies.replace({ ...at, body })
      return sent
    }
    case 'remove_policy':
      await api.applicationPolicies.delete({ app_id, policy_id: change.policy_id })
      return sent
    case 'add_policy': {
      const { decision, include } = change
      await api.applicationPolicies.create({ app_id, body: { name: 'added', decision, include } })
      return sent
    }
    case 'add_application': {
      const { domain, decision, include } = change
      const policies = [{ name: 'added', decision, include }]
      await api.applications.create({
        body: { type: 'self_hosted', name: 'added', domain, policies },
      })
      return sent
    }
    case 'exempt_zone':
      await api.organizations.patch({
        body: { deny_unmatched_requests_exempted_zone_names: [change.zone] },
      })
      return sent
    case 'unset_strict_service_token_auth':
      await api.organizations.patch({ body: { strict_service_token_auth: false } })
      return sent
    default:
      throw new Error(`cannot carry out ${change.change}`)
  }
}
