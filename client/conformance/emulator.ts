/** Runs the cases on an emulator: an account for each of them, created and removed through the control API. */
import {
  type BehaviourName,
  behaviours,
  type Profile,
  profiles,
} from '../../contracts/behaviours/table.ts'
import { control } from '../../contracts/control/endpoints.ts'
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import type { Endpoint, ResultOf } from '../../contracts/declaration/endpoint.ts'
import { createApiClient } from '../api/api.ts'
import { type ControlCall, createControl } from '../api/control.ts'
import { createApiReader } from '../api/reader.ts'
import type { Target } from '../target/target.ts'
import { type Clock, systemClock } from '../transport/clock.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { type Secret, secret } from '../transport/secret.ts'
import { hostName, serviceAuth, urlOf } from './arrange.ts'
import { type Need, needs, type ProtectedUrl } from './case.ts'
import type { CasePlace } from './place.ts'
import { presentingTo } from './presenting.ts'
import type { Lasting } from './run.ts'

export const emulatorOffers: ReadonlySet<Need> = new Set(needs)

/** Without an address, no client certificate can be presented. */
type Calls = Pick<Target, 'fetch' | 'apiUrl' | 'address'>

export interface EmulatorPlaceOptions {
  readonly target: Calls
  /** The profile, if it differs from the one the emulator was started with. */
  readonly profile?: Profile | undefined
  /** Required if the emulator is not on loopback. */
  readonly adminToken?: Secret | undefined
  readonly clock?: Clock | undefined
}

type CallControl = <E extends Endpoint>(endpoint: E, call?: ControlCall) => Promise<ResultOf<E>>

/**
 * Leaves the emulator as it was: existing accounts are not touched, and the clock is restored at the end.
 * @throws AccessUsageError if the target is not an emulator
 */
export async function openEmulator(options: EmulatorPlaceOptions): Promise<CasePlace> {
  const { target, clock = systemClock } = options
  const call = controller(options)
  const { profile: started } = await call(control.health)
  const own = profiles.find((name) => name === started) ?? 'expected'
  const profile = options.profile ?? own
  const overrides = overridesFor(own, profile)
  const before = await call(control.getClock)
  const aheadMs = Date.parse(before.now) - clock.now()
  const run = clock.now().toString(36)
  let accounts = 0
  /** The accounts that still exist. */
  const made: string[] = []

  async function account(): Promise<SeedAccount> {
    accounts += 1
    const body = { name: `conform ${run} ${accounts}` }
    const created = await call(control.createAccount, { body })
    made.push(created.id)
    await proxyEveryName(created, target)
    if (Object.keys(overrides).length > 0) {
      await call(control.setBehaviours, { query: { account: created.id }, body: overrides })
    }
    return created
  }

  async function removeAccounts(ids: readonly string[]): Promise<void> {
    for (const id of ids) await call(control.deleteAccount, { query: { account: id } })
  }

  async function putClockBack(): Promise<void> {
    const { mode, now } = before
    await call(control.setClock, { body: mode === 'frozen' ? { at: now } : { real: true } })
    if (mode !== 'running') return
    await call(control.setClock, { body: { advance: Math.round(aheadMs / 1000) } })
  }

  const other = await account()
  const seed = await protectedUrl(targetOf(other, target, call, profile))
  const isOffered = (need: Need) => {
    if (need === 'seed') return seed !== undefined
    return need !== 'certificate' || target.address !== undefined
  }
  return {
    kind: 'emulator',
    profile,
    offers: new Set(needs.filter(isOffered)),
    ...(seed === undefined
      ? { notes: ['No protected URL could be created: cases that need one are left out.'] }
      : {}),
    async target() {
      // A case may have moved the clock, which all accounts share.
      await putClockBack()
      // The account of the case before: an emulator with hundreds of them answers more slowly.
      await removeAccounts(made.splice(1))
      const outsider = { id: other.id, team: other.auth_domain, zone_id: other.zones[0]?.id ?? '' }
      return {
        ...targetOf(await account(), target, call, profile),
        ...(seed && { seed }),
        outsider,
      }
    },
    async close() {
      await putClockBack()
      await removeAccounts(made.splice(0))
    },
  }
}

/** The overrides that make one profile answer like another. */
function overridesFor(from: Profile, to: Profile): Record<string, string | boolean | number> {
  const names = Object.keys(behaviours) as BehaviourName[]
  const differing = names.filter((name) => {
    const inProfiles = behaviours[name].in
    return inProfiles[from].value !== inProfiles[to].value
  })
  return Object.fromEntries(differing.map((name) => [name, behaviours[name].in[to].value]))
}

function targetOf(
  account: SeedAccount,
  { fetch, apiUrl, address }: Calls,
  call: CallControl,
  profile: Profile,
): Lasting {
  const [zone] = account.zones
  if (zone === undefined) throw new Error('the emulator created an account without a zone')
  let names = 0
  return {
    kind: 'emulator',
    profile,
    fetch,
    apiUrl,
    api: createApiClient({
      target: { fetch, apiUrl },
      apiToken: account.api_token,
      account_id: account.id,
    }),
    account: { id: account.id, name: account.name, api_token: secret(account.api_token) },
    zone,
    team: account.auth_domain,
    clock: {
      now: async () => Date.parse((await call(control.getClock)).now) / 1000,
      async advance(seconds) {
        await call(control.setClock, { body: { advance: seconds } })
      },
    },
    async signIn(email, application) {
      const session = await call(control.createSession, {
        query: { account: account.id },
        body: { email, application },
      })
      if (session.application_token === null) throw new Error(`not signed in: ${session.verdict}`)
      return session.application_token
    },
    ...(address === undefined ? {} : { presenting: presentingTo(address) }),
    name(what) {
      names += 1
      return `${what}-${names}`
    },
    settle: async () => {},
  }
}

/** Provides `hosts`: new names in the zone reach the edge. */
async function proxyEveryName({ api_token, zones }: SeedAccount, target: Calls): Promise<void> {
  const body = { type: 'AAAA', name: '*', content: '100::', proxied: true } as const
  for (const { id } of zones) {
    await createApiReader({ target, apiToken: api_token, zone_id: id }).dnsRecords.create({ body })
  }
}

/**
 * A URL behind Access that outlasts the cases, and the pair that opens it; undefined if the answers contain no pair.
 */
async function protectedUrl(target: Lasting): Promise<ProtectedUrl | undefined> {
  const { account, fetch, apiUrl } = target
  const api = createApiReader({
    target: { fetch, apiUrl },
    apiToken: account.api_token,
    account_id: account.id,
  })
  const { value } = await api.serviceTokens.create({ body: { name: 'seed' } })
  const { id, client_id, client_secret } = value ?? {}
  if (id === undefined || client_id === undefined || client_secret === undefined) return undefined
  const domain = hostName(target)
  const policies = [serviceAuth({ id })]
  const body = { type: 'self_hosted', name: 'seed', domain, policies } as const
  const { refusal } = await api.applications.create({ body })
  if (refusal !== undefined) return undefined
  return {
    url: new URL(urlOf({ domain })),
    pair: { client_id, client_secret: secret(client_secret) },
  }
}

function controller({ target, adminToken }: EmulatorPlaceOptions): CallControl {
  const control = createControl({ target, adminToken })
  return async (endpoint, call) => {
    const answered = await control(endpoint, call)
    if (answered.kind === 'result') return answered.result
    const { status, answer } = answered
    throw new AccessUsageError({
      what: `${endpoint.id} of the emulator returned ${status}: ${JSON.stringify(answer)?.slice(0, 200)}.`,
      todo: 'Check that the address is that of an emulator of this version, and pass the admin token if it requires one.',
    })
  }
}
