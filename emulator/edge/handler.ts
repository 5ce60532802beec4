/** Handles a request to an application host: the gate decides, faults may act, the proxy forwards, the journal notes it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Effect, Fault } from '../../contracts/control/faults.ts'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import type { RawHeaders } from '../../contracts/http/headers.ts'
import type { Acting } from '../account/account.ts'
import { httpDate } from '../http/date.ts'
import { endWithReply } from '../http/raw.ts'
import { because, type Reply, write } from '../http/reply.ts'
import { writeFailure } from '../network/origin/failures.ts'
import type { Forward, Origin } from '../network/origin/forwarded.ts'
import type { OriginProxy } from '../network/origin/proxy.ts'
import type { Log } from '../world/log.ts'
import type { World } from '../world/world.ts'
import { answerCloudflared, isOfCloudflared } from './cli/discovery.ts'
import { decideRequest, openHost } from './gate.ts'
import { answer, note, noted } from './note.ts'
import type { GateOutcome, Pass } from './pass.ts'
import type { EdgeRequest } from './request.ts'
import { htmlReply } from './unknown.ts'

export interface HandlerOptions {
  readonly world: World
  readonly proxy: OriginProxy
  readonly log: Log
  readonly originOf: (host: string) => Origin
  readonly noteExpected: (what: string) => void
}

export interface EdgeHandler {
  request(
    request: IncomingMessage,
    response: ServerResponse,
    edgeRequest: EdgeRequest,
  ): Promise<void>
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    edgeRequest: EdgeRequest,
  ): Promise<void>
}

/** The effects that a fault can have at the gate and at the origin. */
const interferences = ['status', 'delay', 'reset'] as const

const bug = because(
  htmlReply(500, '<h1>This is a bug in the emulator. See its log.</h1>'),
  'internal',
)

export function createHandler(options: HandlerOptions): EdgeHandler {
  const { world, proxy, log } = options

  const decided = async (edgeRequest: EdgeRequest, isUpgrade = false): Promise<GateOutcome> => {
    if (edgeRequest.account === undefined) return openHost
    const decided = await decideRequest(edgeRequest, edgeRequest.account, world, { isUpgrade })
    const outcome = isOfCloudflared(edgeRequest)
      ? await answerCloudflared(edgeRequest, edgeRequest.account, world, decided)
      : decided
    if (outcome.evaluation?.onlyExpected)
      options.noteExpected(`${edgeRequest.method} https://${edgeRequest.host}${edgeRequest.path}`)
    return outcome
  }

  const faultAt = <K extends Effect['kind']>(
    site: 'gate' | 'origin',
    { account, host, path, query, method }: EdgeRequest,
    kinds: readonly K[],
  ) => account?.faults.at(site, () => ({ host, path, query, method }), world.now(), kinds)

  /** Applies a fault. Returns true if it has answered or cut the connection. */
  const interfere = async (
    { effect }: Acting<(typeof interferences)[number]>,
    request: IncomingMessage,
    response: ServerResponse,
    edgeRequest: EdgeRequest,
  ): Promise<boolean> => {
    if (effect.kind === 'delay') await world.sleep(effect.ms)
    if (effect.kind === 'reset') response.destroy()
    if (effect.kind === 'status') write(request, response, effect, edgeRequest)
    return effect.kind !== 'delay'
  }

  // Awaits faults only if there are any, which is rare.
  const serve = async (
    request: IncomingMessage,
    response: ServerResponse,
    edgeRequest: EdgeRequest,
  ) => {
    const foundAtGate = faultAt('gate', edgeRequest, interferences)
    const atGate = foundAtGate instanceof Promise ? await foundAtGate : foundAtGate
    if (atGate !== undefined && (await interfere(atGate, request, response, edgeRequest))) {
      return note(edgeRequest, {
        operation: 'gate',
        status: sentStatus(response),
        fault: atGate.fault,
      })
    }
    const outcome = await decided(edgeRequest)
    if ('reply' in outcome) {
      write(request, response, marked(outcome.reply, outcome), edgeRequest)
      const decision = { evaluation: outcome.evaluation, fault: atGate?.fault ?? outcome.acted }
      return note(edgeRequest, { ...noted(outcome.reply, 'gate'), ...decision })
    }
    const { forward, noteStatus } = forwardingOf(options, edgeRequest, outcome)
    const noteAnswer = (fault?: Fault) => noteStatus(sentStatus(response), fault)
    const foundFailing = faultAt('origin', edgeRequest, ['origin'])
    const failing = foundFailing instanceof Promise ? await foundFailing : foundFailing
    if (failing !== undefined) {
      writeFailure(failing.effect.failure, request, response, forward)
      return noteAnswer(failing.fault)
    }
    const foundAtOrigin = faultAt('origin', edgeRequest, interferences)
    const atOrigin = foundAtOrigin instanceof Promise ? await foundAtOrigin : foundAtOrigin
    if (atOrigin !== undefined && (await interfere(atOrigin, request, response, edgeRequest))) {
      return noteAnswer(atOrigin.fault)
    }
    response.once('close', () => noteAnswer(atOrigin?.fault ?? atGate?.fault))
    proxy.forward(request, response, forward)
  }

  return {
    async request(request, response, edgeRequest) {
      try {
        await serve(request, response, edgeRequest)
      } catch (error) {
        log.error({ err: error, ray: edgeRequest.ray }, 'the gate failed')
        answer(request, response, bug, edgeRequest, 'gate')
      }
    },
    async upgrade(request, socket, head, edgeRequest) {
      // Until the proxy adds its own listener.
      const drop = () => socket.destroy()
      socket.on('error', drop)
      try {
        const outcome = await decided(edgeRequest, true)
        if ('reply' in outcome) {
          const reply = marked(outcome.reply, outcome)
          endWithReply(socket, reply, edgeRequest)
          const { evaluation, acted } = outcome
          note(edgeRequest, { ...noted(reply, 'gate'), evaluation, fault: acted })
          return
        }
        const { forward, noteStatus } = forwardingOf(options, edgeRequest, outcome)
        let isNoted = false
        const noteOnce = (status: number) => {
          if (!isNoted) noteStatus(status)
          isNoted = true
        }
        socket.once('close', () => noteOnce(0))
        proxy.upgrade(request, socket, head, { ...forward, answered: noteOnce })
      } catch (error) {
        log.error({ err: error, ray: edgeRequest.ray }, 'the gate failed')
        note(edgeRequest, { ...noted(bug, 'gate'), status: 0 })
        socket.destroy()
      }
    },
  }
}

/** What the proxy needs to forward a request that passed, and how to journal its answer. */
function forwardingOf(
  options: HandlerOptions,
  edgeRequest: EdgeRequest,
  outcome: GateOutcome & { readonly pass: Pass },
) {
  let { because } = outcome
  const { evaluation, pass, acted } = outcome
  const forward: Forward = {
    origin: options.originOf(edgeRequest.host),
    path: edgeRequest.path + edgeRequest.query,
    ray: edgeRequest.ray,
    host: edgeRequest.host,
    clientIp: edgeRequest.ip,
    country: edgeRequest.country,
    assertion: pass.assertion,
    cookieToken: pass.assertion,
    email: pass.email,
    stripPair: pass.stripPair,
    stripHeader: pass.stripHeader,
    certificateHeaders: edgeRequest.certificateHeaders,
    claims: pass.claims,
    responseHeaders: passHeaders(edgeRequest, pass, evaluation?.onlyExpected === true),
    failed(reason) {
      because = { reason }
    },
  }
  return {
    forward,
    noteStatus(status: number, fault = acted) {
      note(edgeRequest, { operation: 'gate', status, evaluation, because, fault })
    },
  }
}

/** Marks an answer that real Cloudflare would not give. */
function marked(reply: Reply, { evaluation }: GateOutcome): Reply {
  if (!evaluation?.onlyExpected) return reply
  return { ...reply, headers: { ...reply.headers, [headerNames.evidence]: 'expected' } }
}

/** The status that was sent; 0 if the connection was cut before the head. */
function sentStatus(response: ServerResponse): number {
  return response.headersSent ? response.statusCode : 0
}

/** Headers to add to the origin's answer: alternating names and values. */
function passHeaders(
  { nowMs }: EdgeRequest,
  { cookie, headers: more }: Pass,
  onlyExpected: boolean,
): RawHeaders {
  const headers = ['date', httpDate(nowMs)]
  if (more !== undefined) headers.push(...Object.entries(more).flat())
  if (cookie !== undefined) headers.push('set-cookie', cookie)
  if (onlyExpected) headers.push(headerNames.evidence, 'expected')
  return headers
}
