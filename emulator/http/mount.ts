/** Turns a declared endpoint and its handler into a route: parse, call, validate, commit, write, journal. */
import type { ServerResponse } from 'node:http'
import {
  type Effect,
  type Fault,
  journaledFault,
  type SiteFacts,
} from '../../contracts/control/faults.ts'
import type { Endpoint, EndpointGroup } from '../../contracts/declaration/endpoint.ts'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import type { Evaluation } from '../account/evaluation.ts'
import type { Acting, PerhapsLater } from '../account/faults.ts'
import type { JournaledFlow } from '../account/flows.ts'
import type { JournaledAnswer } from '../account/journal.ts'
import { refusedBy, untilNotOutrun } from '../account/stored.ts'
import { parse, replyOf } from './conform.ts'
import {
  answered,
  type Call,
  type Handler,
  type Handlers,
  type JournalNotes,
  type Listed,
} from './handler.ts'
import { type Reply, type Stamp, write } from './reply.ts'
import { type Operations, type Params, queryOf, type Routed } from './routes.ts'

/** The effects that a fault can have at an operation. */
export const interfering = ['status', 'failure', 'delay', 'reset', 'truncate'] as const

/** What differs between the surfaces: the API, the edge and the control API. */
export interface Surface<C extends Stamp, Changes, R extends Routed = Routed> {
  /** The paths of an endpoint: two if it has two scopes. */
  paths(endpoint: Endpoint): readonly string[]
  /** The context for the handler, or the failure to answer with. */
  context(request: R, endpoint: Endpoint, response: ServerResponse): C | Failure
  /** Whether the path parameters could name anything at all; if not, the next route is tried. Default: they could. */
  plausible?(params: Params): boolean
  fault(
    context: C,
    site: string,
    facts: () => SiteFacts,
  ): PerhapsLater<Acting<(typeof interfering)[number]> | undefined>
  sleep(ms: number): Promise<void>
  commit(context: C, changes: Changes): Promise<void> | undefined
  /** The failure to answer with instead of committing the changes, if they may not be. */
  excess?(context: C, changes: Changes): Failure | undefined
  /** What the caller may see of a list. */
  listed?<R>(listed: Listed<R>, context: C): Listed<R>
  /** Adds the headers of the surface to a successful answer. */
  good?(reply: Reply, endpoint: Endpoint, context: C): Reply
  failure(failure: Failure, context: C | Stamp): Reply
  /** The stamp for a request without a context. */
  stamp(): Stamp
  journal(
    context: C,
    answered: Omit<JournaledAnswer, keyof Stamp | 'host'>,
    evaluation: Evaluation | undefined,
  ): void
  /** The sign-in by a program that a request is part of. */
  flow?(context: C, operation: string, reply: Reply): JournaledFlow | undefined
  /** Journals a request that got no context. */
  refused(request: R, answered: Omit<JournaledAnswer, 'host'>): void
  bug(error: unknown, endpoint: Endpoint): void
}

/** One operation on one surface. */
interface MountedRoute<C extends Stamp, Changes, R extends Routed> {
  readonly endpoint: Endpoint
  readonly handler: Handler<Endpoint, C, Changes>
  readonly surface: Surface<C, Changes, R>
}

export function mount<G extends EndpointGroup, C extends Stamp, Changes, R extends Routed>(
  operations: Operations<R>,
  group: G,
  handlers: Handlers<G, C, Changes>,
  surface: Surface<C, Changes, R>,
): void {
  for (const [name, endpoint] of Object.entries(group)) {
    const handler = handlers[name] as unknown as Handler<Endpoint, C, Changes>
    const mounted = { endpoint, handler, surface }
    const isFor = (_request: R, params: Params) => surface.plausible?.(params) ?? true
    for (const path of surface.paths(endpoint)) {
      operations.add({
        method: endpoint.method,
        path,
        isFor,
        handler: (request, response) => serve(mounted, request, response),
      })
    }
  }
}

async function serve<C extends Stamp, Changes, R extends Routed>(
  route: MountedRoute<C, Changes, R>,
  request: R,
  response: ServerResponse,
): Promise<void> {
  const { endpoint, surface } = route
  const context = surface.context(request, endpoint, response)
  if (isFailure(context)) {
    const stamp = surface.stamp()
    const reply = surface.failure(context, stamp)
    write(request, response, reply, stamp)
    surface.refused(request, { ...stamp, ...journaled(request, reply, endpoint.id) })
    return
  }
  const found = surface.fault(context, endpoint.id, () => factsOf(request))
  const acting = found instanceof Promise ? await found : found
  const effect = acting?.effect
  if (effect?.kind === 'delay') await surface.sleep(effect.ms)
  if (effect?.kind === 'reset') response.destroy()
  const outcome = outcomeOf(effect, surface, context) ?? (await settle(route, request, context))
  const truncateAt = effect?.kind === 'truncate' ? effect.bytes : undefined
  write(request, response, outcome.reply, context, truncateAt)
  const { fault, mode } = journaledFault(acting?.fault ?? outcome.acted)
  const { status, because } = outcome.reply
  surface.journal(
    context,
    {
      method: request.method,
      path: request.originalUrl,
      operation: endpoint.id,
      status,
      because,
      fault,
      mode,
      onlyExpected: isOnlyExpected(outcome.reply),
      flow: surface.flow?.(context, endpoint.id, outcome.reply),
    },
    outcome.evaluation,
  )
}

/** Whether the answer is marked as one that Cloudflare would not give. */
function isOnlyExpected({ headers }: Reply): boolean {
  return headers[headerNames.evidence] === 'expected'
}

/** The part of a journal entry that comes from the request and its answer. */
export function journaled(
  request: Routed,
  reply: Reply,
  operation: string,
  acted?: Fault,
): Omit<JournaledAnswer, keyof Stamp | 'host'> {
  const { fault, mode } = journaledFault(acted)
  return {
    method: request.method,
    path: request.originalUrl,
    operation,
    status: reply.status,
    because: reply.because,
    fault,
    mode,
    onlyExpected: isOnlyExpected(reply),
  }
}

/** Stands for the answer in the journal when the connection was cut. */
const noAnswer: Reply = { status: 0, headers: {}, body: '' }

interface MountOutcome extends JournalNotes {
  readonly reply: Reply
}

/** The answer of a fault that replaces the handler; undefined if none does. */
function outcomeOf<C extends Stamp>(
  effect: Effect | undefined,
  surface: Pick<Surface<C, never>, 'failure'>,
  context: C,
): MountOutcome | undefined {
  if (effect?.kind === 'reset') return { reply: noAnswer }
  if (effect?.kind === 'status') return { reply: effect }
  if (effect?.kind === 'failure') {
    return { reply: surface.failure(fail(effect.failure, effect.detail), context) }
  }
  return undefined
}

async function settle<C extends Stamp, Changes, R extends Routed>(
  route: MountedRoute<C, Changes, R>,
  request: R,
  context: C,
): Promise<MountOutcome> {
  const { endpoint, surface } = route
  try {
    const call = parse(endpoint, request)
    if (isFailure(call)) return { reply: surface.failure(call, context) }
    const outcome = await untilNotOutrun(() => handled(route, call, context))
    return isFailure(outcome) ? { reply: surface.failure(outcome, context) } : outcome
  } catch (error) {
    surface.bug(error, endpoint)
    return { reply: surface.failure(fail('internal'), context) }
  }
}

/** Calls the handler, and commits its changes. @throws Outrun */
function handled<C extends Stamp, Changes, R extends Routed>(
  { endpoint, handler, surface }: MountedRoute<C, Changes, R>,
  call: Call<Endpoint>,
  context: C,
): Promise<MountOutcome> {
  return answered(handler, call, context, async (answer): Promise<MountOutcome> => {
    if (isFailure(answer)) {
      const { evaluation, acted } = answer
      return { reply: surface.failure(answer, context), evaluation, acted }
    }
    const made =
      'reply' in answer
        ? answer.reply
        : replyOf(endpoint, seenBy(context, answer, surface), call.query)
    const reply = surface.good?.(made, endpoint, context) ?? made
    if ('changes' in answer && answer.changes !== undefined) {
      const excess = surface.excess?.(context, answer.changes)
      if (excess !== undefined) return { reply: surface.failure(excess, context) }
      const stored = surface.commit(context, answer.changes)
      const refused = stored === undefined ? undefined : await refusedBy(stored)
      if (refused !== undefined) return { reply: surface.failure(refused, context) }
    }
    if ('rows' in answer) return { reply }
    return { reply, evaluation: answer.evaluation, acted: answer.acted }
  })
}

function seenBy<C extends Stamp, A extends object>(
  context: C,
  answer: A | Listed<unknown>,
  { listed }: Pick<Surface<C, never>, 'listed'>,
): A | Listed<unknown> {
  return listed !== undefined && isList(answer) ? listed(answer, context) : answer
}

function isList(answer: object): answer is Listed<unknown> {
  return 'rows' in answer
}

function factsOf(request: Routed): SiteFacts {
  const { params, method, path } = request
  return { ...params, method, path, query: queryOf(request) }
}
