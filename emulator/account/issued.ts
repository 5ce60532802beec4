/** Remembers the tokens issued to service tokens within a second: RS256 signatures of equal claims are equal. */
import type { ApplicationRow } from '../state/rows.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { type Grant, type Issued, makeForServiceToken } from './issue.ts'
import { publishedKeys } from './keys.ts'

/** Everything that a token depends on, apart from its application and grant. Forgotten as soon as any of it changes. */
interface Moment {
  readonly second: number
  readonly version: number
  readonly overrides: object
  readonly keys: object
  readonly issued: Map<string, Issued>
  /** Characters of the tokens. */
  size: number
}

/** Characters. What is made of a token, its cookie and its answer, is kept as long as the token: about as much twice again. */
const mostRemembered = 2 ** 20

const moments = new WeakMap<AccountBase, Moment>()

/** An application token for a service token. Not remembered while there are faults, which may count the tokens they act on. */
export async function issueForServiceToken(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  grant: Grant,
): Promise<Issued> {
  if (account.faults.list().length > 0) {
    return makeForServiceToken(account, world, application, grant)
  }
  const moment = momentOf(account, world)
  const { issued } = moment
  const { client_id, hostname, session_duration } = grant
  const name = `${application.id} ${client_id} ${hostname} ${session_duration ?? ''}`
  const before = issued.get(name)
  if (before !== undefined) return before
  const made = await makeForServiceToken(account, world, application, grant)
  if (moment.size < mostRemembered) {
    moment.size += made.token.length
    issued.set(name, made)
  }
  return made
}

function momentOf(account: AccountBase, world: World): Moment {
  const second = world.seconds()
  const { version } = account.state
  const overrides = account.overrides()
  const keys = publishedKeys(account, world)
  const known = moments.get(account)
  if (
    known?.second === second &&
    known.version === version &&
    known.overrides === overrides &&
    known.keys === keys
  ) {
    return known
  }
  const moment = { second, version, overrides, keys, issued: new Map<string, Issued>(), size: 0 }
  moments.set(account, moment)
  return moment
}
