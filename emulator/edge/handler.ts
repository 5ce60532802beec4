/** The way from a request to an origin: the gate decides, a fault may interfere, the proxy pipes, the journal notes. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import type { Effect, Fault } from '../../contracts/faults.ts'
import type { Acting } from '../account/faults.ts'
import { httpDate } from '../http/date.ts'
import { endWithReply } from '../http/raw.ts'
import { because, type Reply, write } from '../http/reply.ts'
import type { Log } from '../log.ts'
import { writeFailure } from '../origin/failures.ts'
import type { Forward, Origin } from '../origin/forwarded.ts'
import type { OriginProxy } from '../origin/proxy.ts'
import type { World } from '../world.ts'
import { decideVisit, type GateOutcome, openHost, type Pass } from './gate.ts'
import { answer, note, noted } from './note.ts'
import type { Visit } from './request.ts'
import { htmlReply } from './unknown.ts'

export interface PassageOptions {
  readonly world: World
  readonly proxy: OriginProxy
  readonly log: Log
  readonly originOf: (host: string) => Origin
  readonly noteExpected: (what: string) => void
}

export interface Passage {
  request(request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<void>
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, visit: Visit): Promise<void>
}

/** What a fault may do to a request on its way. */
const interferences = ['status', 'delay', 'reset'] as const

const bug = because(
  htmlReply(500, '<h1>The emulator has a bug. Its log says more.</h1>'),
  'internal',
)

export function createPassage(options: PassageOptions): Passage {
  const { world, proxy, log } = options

  const decided = async (visit: Visit, isUpgrade = false): Promise<GateOutcome> => {
    if (visit.account === undefined) return openHost
    const outcome = await decideVisit(visit, visit.account, world, { isUpgrade })
    if (outcome.evaluation?.onlyExpected)
      options.noteExpected(`${visit.method} https://${visit.host}${visit.path}`)
    return outcome
  }

  const faultAt = <K extends Effect['kind']>(
    site: 'gate' | 'origin',
    { account, host, path, query, method }: Visit,
    kinds: readonly K[],
  ) => account?.faults.at(site, () => ({ host, path, query, method }), world.now(), kinds)

  /** True where the fault has already answered, or cut the connection. */
  const interfere = async (
    { effect }: Acting<(typeof interferences)[number]>,
    request: IncomingMessage,
    response: ServerResponse,
    visit: Visit,
  ): Promise<boolean> => {
    if (effect.kind === 'delay') await world.sleep(effect.ms)
    if (effect.kind === 'reset') response.destroy()
    if (effect.kind === 'status') write(request, response, effect, visit)
    return effect.kind !== 'delay'
  }

  // No fault stands most of the time, and then nothing waits for one.
  const serve = async (request: IncomingMessage, response: ServerResponse, visit: Visit) => {
    const atGate = faultAt('gate', visit, interferences)
    if (atGate !== undefined && (await interfere(atGate, request, response, visit))) {
      return note(visit, { operation: 'gate', status: sentStatus(response), fault: atGate.fault })
    }
    const outcome = await decided(visit)
    if ('reply' in outcome) {
      write(request, response, marked(outcome.reply, outcome), visit)
      const met = { evaluation: outcome.evaluation, fault: atGate?.fault ?? outcome.acted }
      return note(visit, { ...noted(outcome.reply, 'gate'), ...met })
    }
    const way = wayOf(options, visit, outcome)
    const noteAnswer = (fault?: Fault) => way.note(sentStatus(response), fault)
    const failing = faultAt('origin', visit, ['origin'])
    if (failing !== undefined) {
      writeFailure(failing.effect.failure, request, response, way.forward)
      return noteAnswer(failing.fault)
    }
    const atOrigin = faultAt('origin', visit, interferences)
    if (atOrigin !== undefined && (await interfere(atOrigin, request, response, visit))) {
      return noteAnswer(atOrigin.fault)
    }
    response.once('close', () => noteAnswer(atOrigin?.fault ?? atGate?.fault))
    proxy.forward(request, response, way.forward)
  }

  return {
    async request(request, response, visit) {
      try {
        await serve(request, response, visit)
      } catch (error) {
        log.error({ err: error, ray: visit.ray }, 'the gate failed')
        answer(request, response, bug, visit, 'gate')
      }
    },
    async upgrade(request, socket, head, visit) {
      // Until the proxy takes it over, nobody else listens.
      const drop = () => socket.destroy()
      socket.on('error', drop)
      try {
        const outcome = await decided(visit, true)
        if ('reply' in outcome) {
          const reply = marked(outcome.reply, outcome)
          endWithReply(socket, reply, visit)
          const { evaluation, acted } = outcome
          note(visit, { ...noted(reply, 'gate'), evaluation, fault: acted })
          return
        }
        const way = wayOf(options, visit, outcome)
        let isNoted = false
        const noteOnce = (status: number) => {
          if (!isNoted) way.note(status)
          isNoted = true
        }
        socket.once('close', () => noteOnce(0))
        proxy.upgrade(request, socket, head, { ...way.forward, answered: noteOnce })
      } catch (error) {
        log.error({ err: error, ray: visit.ray }, 'the gate failed')
        note(visit, { ...noted(bug, 'gate'), status: 0 })
        socket.destroy()
      }
    },
  }
}

/** To the origin, and what the journal is to have of it once an answer came. */
function wayOf(
  options: PassageOptions,
  visit: Visit,
  outcome: GateOutcome & { readonly pass: Pass },
) {
  let { because } = outcome
  const { evaluation, pass, acted } = outcome
  const forward: Forward = {
    origin: options.originOf(visit.host),
    path: visit.path + visit.query,
    ray: visit.ray,
    host: visit.host,
    clientIp: visit.ip,
    country: visit.country,
    assertion: pass.assertion,
    cookieToken: pass.assertion,
    email: pass.email,
    stripPair: pass.stripPair,
    stripHeader: pass.stripHeader,
    claims: pass.claims,
    responseHeaders: passHeaders(visit, pass, evaluation?.onlyExpected === true),
    failed(failure, detail) {
      because = { reason: `origin_${failure}`, detail }
    },
  }
  return {
    forward,
    note(status: number, fault = acted) {
      note(visit, { operation: 'gate', status, evaluation, because, fault })
    },
  }
}

/** An answer that no real Cloudflare would give says so. */
function marked(reply: Reply, { evaluation }: GateOutcome): Reply {
  if (!evaluation?.onlyExpected) return reply
  return { ...reply, headers: { ...reply.headers, [headerNames.evidence]: 'expected' } }
}

/** 0 where the connection was cut before the head. */
function sentStatus(response: ServerResponse): number {
  return response.headersSent ? response.statusCode : 0
}

/** Headers for the client on an answer that came from the origin. */
function passHeaders(
  { nowMs }: Visit,
  { cookie }: Pass,
  onlyExpected: boolean,
): readonly (readonly [string, string])[] {
  const headers: [string, string][] = [['date', httpDate(nowMs)]]
  if (cookie !== undefined) headers.push(['set-cookie', cookie])
  if (onlyExpected) headers.push([headerNames.evidence, 'expected'])
  return headers
}
