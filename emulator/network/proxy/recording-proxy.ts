/** A proxy to the real servers, for the names that are recorded and no others. */

import type { IncomingMessage } from 'node:http'
import type { Agent } from 'node:https'
import { transferHosts } from '../../../contracts/edge/cloudflared.ts'
import { json } from '../../http/reply.ts'
import type { Log } from '../../world/log.ts'
import type { World } from '../../world/world.ts'
import { type HostKind, hostKind } from '../hosts.ts'
import { problem } from '../refusals.ts'
import { createEmulatorServer, type EmulatorServer } from '../server.ts'
import { type ForwardedExchange, forward } from './forward.ts'
import { createDial } from './passthrough.ts'
import { matches } from './proxy-target.ts'

export interface RecordingProxyOptions {
  readonly world: Pick<World, 'wallNow'>
  /** Names besides Cloudflare's own; `*.NAME` means all subdomains. */
  readonly hosts: readonly string[]
  /** Whether requests that change something may pass to the API. */
  readonly allowWrites: boolean
  readonly agent: Agent
  /** Longer bodies are forwarded but not kept. */
  readonly mostBytes: number
  readonly passed: (passed: ForwardedExchange) => void
  readonly log: Log
  readonly stateHome?: string | undefined
}

export type RecordingProxy = Pick<EmulatorServer, 'listen' | 'address' | 'close'>

export function createRecordingProxy(options: RecordingProxyOptions): RecordingProxy {
  const { world, hosts, agent, log, stateHome, mostBytes } = options
  const names = {
    apiHosts: new Set<string>(),
    isServedByEdge: (host: string) => hosts.some((pattern) => matches(pattern, host)),
  }
  const served = ['api.cloudflare.com', '*.cloudflareaccess.com', ...transferHosts, ...hosts]
  const rules = {
    names,
    served: () => served,
    passthrough: [],
    clients: 'loopback',
    unserved: (name: string) =>
      `"${name}" is not recorded, and the proxy connects only to hosts that are: add it with --host ${name}. It records the names below.`,
  } as const
  const now = () => world.wallNow()

  const server = createEmulatorServer(
    {
      request(request, response, entry) {
        if (entry.kind !== 'served' || !entry.proxied) {
          server.answer(request, response, problem(421, 'proxy_only', proxyOnly, served))
          return
        }
        const { host } = entry
        if (!options.allowWrites && isWrite(request, hostKind(host, names))) {
          log.warn({ method: request.method }, 'refused a write to the API')
          server.answer(request, response, writeRefused(request))
          return
        }
        forward(request, response, {
          ...{ host, agent, now, mostBytes },
          passed: options.passed,
          failed: (error) =>
            server.answer(request, response, problem(502, 'upstream_failed', failure(host, error))),
        })
      },
      upgrade: (_, socket) => server.refuse(socket, noUpgrade),
    },
    {
      ...{ world, rules, log, stateHome },
      dial: () => createDial(),
      mark: () => ({ nowMs: now() }),
    },
  )
  return server
}

const proxyOnly =
  'This is the proxy of access-emulator record; it serves nothing itself. Set HTTPS_PROXY to it and request one of the names below.'

const noUpgrade = problem(
  501,
  'upgrade_not_recorded',
  'WebSockets cannot be recorded, and are not forwarded.',
)

function isWrite({ method = 'GET' }: IncomingMessage, place: HostKind): boolean {
  return place === 'api' && !['GET', 'HEAD', 'OPTIONS'].includes(method)
}

/** In the API's envelope, since its clients read nothing else. */
function writeRefused({ method }: IncomingMessage) {
  const message = `access-emulator record does not forward ${method} to the API, so that nothing is changed by accident. To allow it, start with --allow-writes.`
  return json(403, { result: null, success: false, errors: [{ code: 0, message }], messages: [] })
}

function failure(host: string, error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  const isTrust = /CERT|SIGNATURE|ISSUER/.test(code)
  const fix = isTrust
    ? '. Add the root that signed its certificate to NODE_EXTRA_CA_CERTS or SSL_CERT_FILE'
    : ''
  return `Cannot reach "${host}": ${error.message}${fix}.`
}
