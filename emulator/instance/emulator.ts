/** What `createEmulator` returns, whether it starts an emulator or takes an account on one that runs. */
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import type { ControlCalls } from '../control/in-process.ts'

/**
 * A running emulator. With `server`, another process runs it: this is then what its own accounts see of it, `reset` and `close`
 * touch them alone, and the clock stays.
 */
export interface Emulator {
  /** `http://127.0.0.1:PORT`, with the Cloudflare API under `/client/v4` and the control API under `/__access`. */
  readonly url: string
  readonly port: number
  /** `https://HOST`: the URL of a host, to pass to `fetch` below. With `server`, of the name that stands for it there. */
  urlFor(host: string): string
  /** A `fetch` that reaches the emulator for every name it serves, without DNS or certificates. */
  readonly fetch: typeof fetch
  /** The first account: ids, API token, zones, applications and service tokens. @throws Error if the seed has none */
  readonly account: SeedAccount
  /** Every account, as it was created: later changes do not show here. */
  accounts(): readonly SeedAccount[]
  /** The control API as functions, one per call: `await emulator.control.setClock({ body: { advance: 60 } })`. */
  readonly control: ControlCalls
  /** Resets every account to the state it was created with, and the clock to its start. */
  reset(): Promise<void>
  /**
   * Stops listening, closes all connections and releases the state folder. With `drain`, it first goes on serving for so
   * many seconds, not ready any more, and then ends what is in progress.
   */
  close(how?: { readonly drain?: number }): Promise<void>
}
