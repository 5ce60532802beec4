/** The recording proxy, together with the file that it writes. */
import { type HttpExchange, mostBodyBytes } from '../../../contracts/recording/exchange.ts'
import type { Redactor } from '../../../contracts/recording/redact/redact.ts'
import { matches } from '../../network/proxy/proxy-target.ts'
import { createRecordingProxy } from '../../network/proxy/recording-proxy.ts'
import { createUpstream } from '../../network/proxy/upstream-proxy.ts'
import type { Log } from '../../world/log.ts'
import type { World } from '../../world/world.ts'
import { exchangeOf } from './capture.ts'
import { openRecordFile } from './file.ts'

export interface HarRecorderOptions {
  readonly file: string
  /** Recorded besides Cloudflare's own names; `*.NAME` means all subdomains. */
  readonly hosts: readonly string[]
  readonly allowWrites: boolean
  readonly port: number
  /** Read for the proxy to use (`HTTPS_PROXY` and others). */
  readonly environment: NodeJS.ProcessEnv
  /** Roots to verify the real servers with, PEM. */
  readonly roots: readonly string[]
  readonly redactor: Redactor
  readonly world: Pick<World, 'wallNow'>
  readonly log: Log
}

export interface Summary {
  readonly exchanges: number
  readonly hosts: readonly string[]
  /** How many values the file has references for. */
  readonly redacted: number
  readonly bodies_left_out: number
}

export interface HarRecorder {
  /** `http://127.0.0.1:PORT`, an HTTP proxy. */
  readonly url: string
  /** Closes every connection, then writes the file. @throws OptionProblem if it cannot be written */
  close(): Promise<Summary>
}

/** @throws OptionProblem if the file cannot be used, RangeError if the environment's proxy is not an http URL */
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
  const recordedHosts = new Set<string>()
  let exchanges = 0
  let leftOut = 0
  const note = ({ url, bodyLeftOut, answer }: HttpExchange) => {
    recordedHosts.add(new URL(url).host)
    exchanges += 1
    for (const each of [bodyLeftOut, answer?.bodyLeftOut]) if (each !== undefined) leftOut += 1
  }
  const proxy = createRecordingProxy({
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
  await proxy.listen(options.port, address)

  return {
    url: `http://${address}:${proxy.address().port}`,
    async close() {
      await proxy.close()
      agent.destroy()
      await file.close()
      const redacted = redactor.redactions.filter(({ places }) => places.length > 0).length
      return { exchanges, hosts: [...recordedHosts].sort(), redacted, bodies_left_out: leftOut }
    },
  }
}
