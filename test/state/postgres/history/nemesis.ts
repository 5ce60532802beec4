/** What goes wrong in a run, in an order that the seed decides. */
import pg from 'pg'
import type { PostgresServer } from '../server.ts'
import type { Fleet } from './fleet.ts'
import type { Random } from './random.ts'

export interface Trouble {
  /** `kill -9` of a replica. */
  readonly kills: number
  /** Restarts of Postgres: one half as a power failure, one half in order. */
  readonly restarts: number
  /** Times that Postgres ends connections of replicas. */
  readonly cuts: number
}

type Action = 'kill' | 'crash' | 'restart' | 'cut'

/** Operations that succeed between two actions, at most: some come at once. */
const longestGap = 50

export interface NemesisWorld {
  readonly server: PostgresServer
  readonly state: string
  readonly fleet: Fleet
  /** Resolves after so many further operations have succeeded. */
  after(operations: number): Promise<void>
  say(action: string): void
}

/** Resolves once everything has happened, and has been repaired. */
export async function runNemesis(
  { kills, restarts, cuts }: Trouble,
  random: Random,
  world: NemesisWorld,
): Promise<void> {
  const { server, state, fleet } = world
  const many = (count: number, action: Action) => Array.from({ length: count }, () => action)
  const actions = random.shuffled([
    ...many(kills, 'kill'),
    ...many(Math.ceil(restarts / 2), 'crash'),
    ...many(Math.floor(restarts / 2), 'restart'),
    ...many(cuts, 'cut'),
  ])
  let postgres: Promise<void> = Promise.resolve()
  for (const action of actions) {
    await world.after(random.below(6) === 0 ? 0 : random.below(longestGap))
    world.say(action)
    if (action === 'kill') {
      while (!killed(fleet, random)) await world.after(1)
    } else if (action === 'cut') {
      await postgres
      await cut(state, random)
    } else {
      await postgres
      // Replicas are killed meanwhile.
      postgres = action === 'crash' ? server.crash() : server.restart()
    }
  }
  await postgres
  await fleet.allUp()
}

/** Kills one that is up, wherever the choice begins. */
function killed({ names, kill }: Fleet, random: Random): boolean {
  const from = random.below(names.length)
  return [...names.slice(from), ...names.slice(0, from)].some(kill)
}

/** Ends each connection of a replica, or spares it. */
async function cut(state: string, random: Random): Promise<void> {
  const client = new pg.Client({ connectionString: state, application_name: 'nemesis' })
  await client.connect()
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name like 'access-emulator%'
     and datname = current_database() order by pid`,
  )
  const chosen = rows.filter(() => random.below(2) === 0)
  await client.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [
    chosen.map(({ pid }) => pid),
  ])
  await client.end()
}
