/** From a declaration and a handler to a route: parse, call, check, commit, write, journal. */
import type { Request, Response, Router } from 'express'
import type { JournalEntry, Step } from '../../contracts/control.ts'
import type {
  BodyOf,
  Endpoint,
  FailureNameOf,
  Group,
  Method,
  ParamsOf,
  QueryOf,
  ResultOf,
} from '../../contracts/endpoint.ts'
import type { Notice } from '../../contracts/envelope.ts'
import { type Failure, type FailureName, fail, isFailure } from '../../contracts/errors.ts'
import type { Effect, SiteFacts } from '../../contracts/faults.ts'
import type { Acting } from '../account/faults.ts'
import { contractBreach, extraOf, firstIssue } from './check.ts'
import { type HeaderValue, json, type Reply, type Stamp, write } from './reply.ts'

/** What a handler is given, parsed. */
export interface Call<E extends Endpoint> {
  readonly params: ParamsOf<E>
  readonly query: QueryOf<E>
  readonly body: BodyOf<E>
  /** Fields of the body that the contract does not name. */
  readonly extra: Readonly<Record<string, unknown>>
  /** `PUT` where one handler serves two methods. */
  readonly method: string
}

/** What a handler returns beside a failure. `changes` are committed before anything is written. */
export interface Done<R, Changes> {
  readonly result: R
  readonly changes?: Changes
  readonly messages?: readonly (Notice & { type?: string | null })[]
  readonly headers?: Readonly<Record<string, HeaderValue>>
  readonly verdict?: string
  readonly trail?: readonly Step[]
}

/** A page of a list: rows are cut first, and only those of the page are turned into entities. */
export interface Listed<R> {
  readonly rows: readonly unknown[]
  readonly view: (row: never) => R
}

/** A whole answer, for pages and redirects. */
export interface Replied<Changes> {
  readonly reply: Reply
  readonly changes?: Changes
  readonly verdict?: string
  readonly trail?: readonly Step[]
}

/** A failure whose reason a trail tells. */
export type Refused<N extends FailureName> = Failure<N> & {
  readonly verdict?: string
  readonly trail?: readonly Step[]
}

type ElementOf<R> = R extends readonly (infer T)[] ? T : never

export type Answer<E extends Endpoint, Changes> =
  | Done<ResultOf<E>, Changes>
  | (E extends { readonly paging: object } ? Listed<ElementOf<ResultOf<E>>> : never)
  | Replied<Changes>
  | Refused<FailureNameOf<E>>

export type Handler<E extends Endpoint, C, Changes> = (
  call: Call<E>,
  context: C,
) => Answer<E, Changes> | Promise<Answer<E, Changes>>

/** A handler for every operation of a group: one that is missing does not compile. */
export type Handlers<G extends Group, C, Changes = never> = {
  readonly [K in keyof G]: Handler<G[K], C, Changes>
}

/** What a surface (the API, the edge, the control API) knows about a request before any operation does. */
export interface Surface<C extends Stamp, Changes> {
  /** Express paths of an endpoint; two where it has two scopes. */
  paths(endpoint: Endpoint): readonly string[]
  /** Who is asked, and for whom; a failure where the request may not go on. */
  context(request: Request, endpoint: Endpoint): C | Failure
  /** Whether the path parameters can name anything at all; if not, the next route is tried. */
  plausible(params: Readonly<Record<string, string>>): boolean
  fault(
    context: C,
    site: string,
    facts: SiteFacts,
  ): Acting<'status' | 'failure' | 'delay' | 'reset' | 'truncate'> | undefined
  sleep(ms: number): Promise<void>
  commit(context: C, changes: Changes): Promise<void> | undefined
  failure(failure: Failure, context: Stamp): Reply
  /** For requests without a context. */
  stamp(): Stamp
  journal(context: C, entry: Omit<JournalEntry, 'ray' | 'at' | 'host'>): void
  bug(error: unknown, endpoint: Endpoint): void
}

const verbs = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
} as const satisfies Record<Method, string>

export function mount<G extends Group, C extends Stamp, Changes>(
  router: Router,
  group: G,
  handlers: Handlers<G, C, Changes>,
  surface: Surface<C, Changes>,
): void {
  for (const [name, endpoint] of Object.entries(group)) {
    const handler = handlers[name] as unknown as Handler<Endpoint, C, Changes>
    for (const path of surface.paths(endpoint)) {
      router[verbs[endpoint.method]](path, async (request: Request, response: Response, next) => {
        if (!surface.plausible(request.params as Record<string, string>)) return next('route')
        await serve(endpoint, handler, surface, request, response)
      })
    }
  }
}

async function serve<C extends Stamp, Changes>(
  endpoint: Endpoint,
  handler: Handler<Endpoint, C, Changes>,
  surface: Surface<C, Changes>,
  request: Request,
  response: Response,
): Promise<void> {
  const context = surface.context(request, endpoint)
  if (isFailure(context)) {
    const stamp = surface.stamp()
    write(request, response, surface.failure(context, stamp), stamp)
    return
  }
  const acting = surface.fault(context, endpoint.id, factsOf(request))
  if (acting?.effect.kind === 'delay') await surface.sleep(acting.effect.ms)
  if (acting?.effect.kind === 'reset') {
    response.destroy()
    return
  }
  const outcome =
    faultReply(acting?.effect, surface, context) ??
    (await settle(endpoint, handler, surface, request, context))
  const truncateAt = acting?.effect.kind === 'truncate' ? acting.effect.bytes : undefined
  write(request, response, outcome.reply, context, truncateAt)
  surface.journal(context, {
    method: request.method,
    path: request.originalUrl,
    operation: endpoint.id,
    status: outcome.reply.status,
    verdict: outcome.verdict ?? null,
    trail: [...(outcome.trail ?? [])],
    fault: acting === undefined ? null : `${acting.fault.at}: ${acting.effect.kind}`,
    mode: acting?.fault.mode ?? null,
  })
}

interface Outcome {
  readonly reply: Reply
  readonly verdict?: string | undefined
  readonly trail?: readonly Step[] | undefined
}

function faultReply<C extends Stamp, Changes>(
  effect: Effect | undefined,
  surface: Surface<C, Changes>,
  context: C,
): Outcome | undefined {
  if (effect?.kind === 'status') {
    return { reply: { status: effect.status, headers: effect.headers, body: effect.body } }
  }
  if (effect?.kind === 'failure') {
    return { reply: surface.failure(fail(effect.failure, effect.detail), context) }
  }
  return undefined
}

async function settle<C extends Stamp, Changes>(
  endpoint: Endpoint,
  handler: Handler<Endpoint, C, Changes>,
  surface: Surface<C, Changes>,
  request: Request,
  context: C,
): Promise<Outcome> {
  try {
    const call = parse(endpoint, request)
    if (isFailure(call)) return { reply: surface.failure(call, context) }
    const answer = await handler(call, context)
    if (isFailure(answer)) {
      const { verdict, trail } = answer
      return { reply: surface.failure(answer, context), verdict, trail }
    }
    const reply = 'reply' in answer ? answer.reply : replyOf(endpoint, answer, call.query)
    if ('changes' in answer && answer.changes !== undefined) {
      const stored = surface.commit(context, answer.changes)
      if (stored !== undefined && !(await isSafe(stored))) {
        return { reply: surface.failure(fail('write_refused'), context) }
      }
    }
    return 'rows' in answer ? { reply } : { reply, verdict: answer.verdict, trail: answer.trail }
  } catch (error) {
    surface.bug(error, endpoint)
    return { reply: surface.failure(fail('internal'), context) }
  }
}

async function isSafe(stored: Promise<void>): Promise<boolean> {
  return stored.then(
    () => true,
    () => false,
  )
}

function parse(endpoint: Endpoint, request: Request): Call<Endpoint> | Failure {
  const query = endpoint.query?.().safeParse(request.query)
  if (query !== undefined && !query.success)
    return fail(badRequest(endpoint), firstIssue(query.error))
  const schema = endpoint.body?.()
  const body = schema?.safeParse(request.body)
  if (body !== undefined && !body.success) return fail(badRequest(endpoint), firstIssue(body.error))
  return {
    params: request.params as Call<Endpoint>['params'],
    query: query?.data as Call<Endpoint>['query'],
    body: body?.data as Call<Endpoint>['body'],
    extra:
      schema === undefined || !isRecord(request.body)
        ? {}
        : extraOf(request.body, [schema, endpoint.result()]),
    method: request.method,
  }
}

function badRequest(endpoint: Endpoint): 'invalid_request' | 'bad_request' {
  return endpoint.wrap === 'v4' ? 'invalid_request' : 'bad_request'
}

function replyOf(
  endpoint: Endpoint,
  answer: Done<unknown, unknown> | Listed<unknown>,
  query: unknown,
): Reply {
  if ('rows' in answer) return page(endpoint, answer, query)
  conform(endpoint, answer.result)
  if (endpoint.wrap === 'plain') return json(endpoint.status, answer.result, answer.headers)
  const envelope = {
    result: answer.result,
    success: true,
    errors: [],
    messages: answer.messages ?? [],
  }
  return json(endpoint.status, envelope, answer.headers)
}

function page(endpoint: Endpoint, { rows, view }: Listed<unknown>, query: unknown): Reply {
  const asked = query as { page?: number; per_page?: number }
  const paging = endpoint.paging ?? { per_page: rows.length, max: rows.length }
  const number = asked.page ?? 1
  const size = Math.min(asked.per_page ?? paging.per_page, paging.max)
  const cut = rows.slice((number - 1) * size, number * size)
  const result = cut.map((row) => view(row as never))
  conform(endpoint, result)
  return json(endpoint.status, {
    result,
    success: true,
    errors: [],
    messages: [],
    result_info: {
      page: number,
      per_page: size,
      count: result.length,
      total_count: rows.length,
      total_pages: Math.ceil(rows.length / size),
    },
  })
}

function conform(endpoint: Endpoint, result: unknown): void {
  const breach = contractBreach(result, endpoint.result())
  if (breach !== undefined) throw new Error(`${endpoint.id} breaks its contract: ${breach}`)
}

function factsOf(request: Request): SiteFacts {
  const params = Object.entries(request.params).map(([name, value]) => [name, String(value)])
  return {
    ...Object.fromEntries(params),
    method: request.method,
    path: request.path,
    host: request.headers.host,
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
