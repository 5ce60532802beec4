/** Takes an account on a running emulator, and looks like an emulator of one's own. */
import { control } from '../../../contracts/control/endpoints.ts'
import type { SeedAccount } from '../../../contracts/control/shapes.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import { endpointOf } from '../../network/endpoint.ts'
import { readSeed } from '../../seeds/read.ts'
import { OptionProblem } from '../../world/option-problem.ts'
import { freshEntropy } from '../../world/world.ts'
import type { Emulator } from '../emulator.ts'
import type { EmulatorOptions } from '../options.ts'
import { callRemote, type RemoteCall, remoteControl } from './control.ts'
import { remoteFetch } from './fetch.ts'
import { isServedFor, ownName } from './names.ts'

/** An account that was taken, and the token that opens the control API for it. */
interface TakenAccount {
  readonly account: SeedAccount
  readonly token: string | undefined
}

/** In seconds: what is left when a run is killed is deleted after a day. */
const lifetime = 86_400

/** @throws OptionProblem */
export async function joinServer(options: EmulatorOptions): Promise<Emulator> {
  const { seed = 'empty', profile } = options
  const url = serverAt(options)
  const adminToken = options.adminToken ?? (process.env.ACCESS_EMULATOR_ADMIN_TOKEN || undefined)
  // A test may replace the global one with ours.
  const { fetch: network } = globalThis
  const taken = new Map<string, TakenAccount>()
  const shown = () => [...taken.values()].map(({ account }) => account)
  const tokenOf = (id: string | undefined) =>
    (taken.get(id ?? '') ?? taken.values().next().value)?.token
  const call = (token: string | undefined, sent: RemoteCall) =>
    callRemote({ url, token, fetch: network }, sent)

  const send = async (sent: RemoteCall): Promise<unknown> => {
    if (isCall(sent, control.createAccount)) return create(sent)
    const id = accountIn(sent)
    const result = await call(tokenOf(id), sent)
    if (isCall(sent, control.deleteAccount)) taken.delete(id ?? '')
    return result
  }
  /** With an end, which gives it a token of its own on any emulator. */
  const create = async ({ endpoint, input }: RemoteCall): Promise<unknown> => {
    const body = { ttl_seconds: lifetime, ...Object(input.body) }
    const result = await call(adminToken, { endpoint, input: { ...input, body } })
    const { admin_token: token, ...account } = control.createAccount.result().parse(result)
    taken.set(account.id, { account, token })
    return result
  }
  const calls = remoteControl(send)

  await refuseOtherProfile(profile, async () => (await calls.health()).profile)
  const prefix = `t${freshEntropy().slice(0, 10)}`
  for (const [index, from] of (await accountsOf(seed)).entries()) {
    const name = index === 0 ? prefix : `${prefix} ${index + 1}`
    await calls.createAccount({ body: { name, ...(from && { seed: from, prefix }) } })
  }
  const nameOf = (host: string) => ownName(host, shown(), prefix)
  const pinned = remoteFetch(url, {
    nameOf,
    isServed: (host) => isServedFor(host, shown()),
    tokenFor: (host) =>
      [...taken.values()].find(({ account }) => isServedFor(host, [account]))?.token,
  })
  return {
    url: url.origin,
    port: endpointOf(url).port,
    urlFor: (name) => `https://${nameOf(name)}`,
    fetch: pinned.fetch,
    get account() {
      const [first] = shown()
      if (first !== undefined) return first
      throw new Error('Every account has been deleted. Make one with control.createAccount().')
    },
    accounts: shown,
    control: calls,
    async reset() {
      await Promise.all(shown().map(({ id }) => calls.reset({ query: { account: id } })))
    },
    async close() {
      const ends = shown().map(({ id }) => calls.deleteAccount({ query: { account: id } }))
      // What could not be deleted ends by itself.
      await Promise.allSettled(ends)
      await pinned.close()
    },
  }
}

/** The options that have a meaning where another process started the emulator. */
const meaningful: readonly string[] = ['server', 'adminToken', 'seed', 'profile', 'log']

/** @throws OptionProblem */
function serverAt(options: EmulatorOptions): URL {
  const stray = Object.entries(options).filter(
    ([name, value]) => value !== undefined && !meaningful.includes(name),
  )
  if (stray.length > 0) {
    const names = stray.map(([name]) => name).join(', ')
    throw new OptionProblem(
      `With server, the emulator already runs: leave out ${names}, and start it so, or set what is the account's by control.`,
    )
  }
  const given = options.server === true ? process.env.ACCESS_EMULATOR_URL : options.server
  if (given === undefined || given === '') {
    throw new OptionProblem('server: true reads ACCESS_EMULATOR_URL, which is not set.')
  }
  if (URL.canParse(`${given}`) && /^https?:$/.test(new URL(`${given}`).protocol))
    return new URL(`${given}`)
  throw new OptionProblem(`"${given}" is not a URL. Give server one like http://127.0.0.1:7788.`)
}

async function refuseOtherProfile(
  wanted: EmulatorOptions['profile'],
  found: () => Promise<string>,
): Promise<void> {
  const profile = await found()
  if (wanted === undefined || wanted === profile) return
  throw new OptionProblem(
    `The emulator there has the profile ${profile}, not ${wanted}. Set single behaviours with control.setBehaviours().`,
  )
}

type AccountSeed = string | Readonly<Record<string, unknown>>

/** What each account is made from: one, if the seed has none. Named seeds are made there, with secrets of their own. */
async function accountsOf(
  given: NonNullable<EmulatorOptions['seed']>,
): Promise<readonly (AccountSeed | undefined)[]> {
  const { data, entropy, name } = await readSeed(given)
  if (data.accounts.length === 0) return [undefined]
  return entropy === undefined ? data.accounts : [name]
}

function isCall({ endpoint }: RemoteCall, wanted: Endpoint): boolean {
  return endpoint.id === wanted.id
}

function accountIn({ input }: RemoteCall): string | undefined {
  const id: unknown = Reflect.get(Object(input.query), 'account')
  return typeof id === 'string' ? id : undefined
}
