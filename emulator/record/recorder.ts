/** The door to the real servers, with the file that what passes goes to. */
import { type HttpExchange, mostBodyBytes } from '../../contracts/recording/exchange.ts'
import type { Redactor } from '../../contracts/recording/redact/redact.ts'
import type { Log } from '../log.ts'
import { matches } from '../server/proxy/proxy-target.ts'
import { createRecordingProxy } from '../server/proxy/recording-proxy.ts'
import { createUpstream } from '../server/proxy/upstream-proxy.ts'
import type { World } from '../world.ts'
import { exchangeOf } from './capture.ts'
import { openRecordFile } from './file.ts'

export interface HarRecorderOptions {
  readonly file: string
  /** Recorded beside Cloudflare's own names; `*.NAME` holds what is below. */
  readonly hosts: readonly string[]
  readonly allowWrites: boolean
  readonly port: number
  /** Which proxy leads out. */
  readonly environment: NodeJS.ProcessEnv
  /** Roots that the real servers are verified by, PEM. */
  readonly roots: readonly string[]
  readonly redactor: Redactor
  readonly world: Pick<World, 'wallNow'>
  readonly log: Log
}

export interface Summary {
  readonly exchanges: number
  readonly hosts: readonly string[]
  /** Values that have a reference in the file. */
  readonly redacted: number
  readonly bodies_left_out: number
}

export interface HarRecorder {
  /** `http://127.0.0.1:PORT`, an HTTP proxy. */
  readonly url: string
  /** Ends every connection, then writes. @throws OptionProblem where what passed cannot be written */
  close(): Promise<Summary>
}

/** @throws OptionProblem where the file cannot be written or is none of ours, RangeError where a proxy is none */
export async function openRecorder(options: HarRecorderOptions): Promise<HarRecorder> {
  const { hosts, environment, roots, redactor, world, log } = options
  const agent = createUpstream({
    environment,
    roots,
    mayBePrivate: (host) => hosts.some((pattern) => matches(pattern, host)),
  })
  const file = await openRecordFile(options.file, {
    redactor,
    world,
    failed: (error) =>
      log.error({ err: error }, error instanceof Error ? error.message : String(error)),
  })
  const met = new Set<string>()
  let exchanges = 0
  let leftOut = 0
  const note = ({ url, bodyLeftOut, answer }: HttpExchange) => {
    met.add(new URL(url).host)
    exchanges += 1
    for (const each of [bodyLeftOut, answer?.bodyLeftOut]) if (each !== undefined) leftOut += 1
  }
  const door = createRecordingProxy({
    ...{ world, hosts, agent, log },
    mostBytes: mostBodyBytes,
    allowWrites: options.allowWrites,
    passed(passed) {
      const exchange = exchangeOf(passed)
      note(exchange)
      file.add(exchange)
    },
  })
  const address = '127.0.0.1'
  await door.listen(options.port, address)

  return {
    url: `http://${address}:${door.address().port}`,
    async close() {
      await door.close()
      agent.destroy()
      await file.close()
      const redacted = redactor.redactions.filter(({ places }) => places.length > 0).length
      return { exchanges, hosts: [...met].sort(), redacted, bodies_left_out: leftOut }
    },
  }
}
