/** `login.cloudflareaccess.org`: where programs wait for the tokens that a person approves (sign-in-transfer). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from '../../../contracts/declaration/endpoint.ts'
import {
  readTransferKey,
  servicePublicKey,
  transferService,
} from '../../../contracts/edge/cloudflared.ts'
import type { Account, Change, JournaledFlow, SealedTokens } from '../../account/account.ts'
import type { Accounts } from '../../account/accounts.ts'
import { accountSurface } from '../../http/account-surface.ts'
import { apiFailureReply, isApiFailure } from '../../http/failures.ts'
import type { Answer, Deferred, Handlers } from '../../http/handler.ts'
import { operationsLayer, throughLayers } from '../../http/layers.ts'
import { journaled, mount, type Surface } from '../../http/mount.ts'
import { because, type Reply, type Stamp, write } from '../../http/reply.ts'
import { createRoutes, type Operations, type Routed, routed } from '../../http/routes.ts'
import type { Log } from '../../world/log.ts'
import type { World } from '../../world/world.ts'
import { ofTransfer } from '../flow/ids.ts'

interface TransferContext extends Stamp {
  readonly account: Account
  readonly host: string
  readonly method: string
  /** As it is in the path. */
  readonly key: string
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal
  /** Waits for the tokens, once for each request. */
  readonly wait: () => ReturnType<Accounts['heldPolls']['wait']>
}

/** The account of a key may not be that of the request, which was chosen before its approval page was opened. */
interface TransferTaken {
  readonly account: Account
  readonly changes: readonly Change[]
}

/** Without a context where no account can be asked. */
interface TransferRequest extends Routed {
  readonly context: TransferContext | undefined
  readonly askedHost: string
}

export type ServeTransfer = (
  request: IncomingMessage,
  response: ServerResponse,
  host: string,
) => void

interface TransferServiceOptions {
  readonly world: World
  readonly accounts: Accounts
  readonly log: Log
  readonly nextRay: () => string
}

function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const own = { 'content-type': 'text/plain; charset=UTF-8', 'cache-control': 'no-store' }
  return { status, headers: { ...own, ...headers }, body }
}

const keyUnusable = because(text(404, ''), 'transfer_key_invalid')
const cut = because({ status: 0, headers: {}, body: '' }, 'connection_cut')
const tooMany = because(
  text(503, 'The emulator has reached its limit of waiting polls of the transfer service.\n'),
  'transfer_polls_exceeded',
)
const tunnelLogin = because(
  text(501, 'The emulator has no `cloudflared tunnel login`, only `cloudflared access`.\n'),
  'transfer_unsealed',
)
const nothing = because(text(404, ''), 'transfer_path_unknown')

/** The service belongs to no account; a key belongs to one once a browser has opened its approval page. */
export function createTransferService(options: TransferServiceOptions): ServeTransfer {
  const { world, accounts, nextRay } = options

  const contextOf = (
    message: IncomingMessage,
    response: ServerResponse,
    host: string,
  ): TransferRequest => {
    const request = routed(message)
    const { method } = request
    const key = decoded(request.path.split('/').at(-1) ?? '')
    const account = accountFor(accounts, world, key)
    if (account === undefined)
      return Object.assign(request, { context: undefined, askedHost: host })
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    // The client may have disconnected while this module was loaded.
    if (response.destroyed) gone.abort()
    const stamp = { ray: account.ray(), nowMs: world.now() }
    const { signal } = gone
    const wait = once(() => {
      const holdMs = account.behaviour('transfer.hold_seconds') * 1000
      return accounts.heldPolls.wait(key, { nowMs: stamp.nowMs, holdMs, signal })
    })
    const context = { ...stamp, account, host, method, key, signal, wait }
    return Object.assign(request, { context, askedHost: host })
  }

  const handlers: Handlers<typeof transferService, TransferContext, TransferTaken> = {
    take: ({ params }, context) => take(params.key, context, accounts),
  }
  const operations: Operations<TransferRequest> = createRoutes()
  mount(operations, transferService, handlers, surfaceOf(options))

  /** Writes and journals an answer that does not come from an operation. */
  const answer = (request: TransferRequest, response: ServerResponse, reply: Reply) => {
    const { context, askedHost: host } = request
    const stamp = context ?? { ray: nextRay(), nowMs: world.now() }
    const { journal } = context?.account ?? { journal: accounts.journals.ofNone }
    write(request, response, reply, stamp)
    const { ray, nowMs } = stamp
    const isTransfer = request.path.startsWith('/transfer/')
    const flow = context !== undefined && isTransfer ? pollFlow(context) : undefined
    journal.add({ ...journaled(request, reply, 'edge.path'), ray, nowMs, host, flow })
  }

  const serve = throughLayers<TransferRequest>(
    [
      (request, response, next) => {
        if (request.context === undefined) answer(request, response, nothing)
        else next()
      },
      operationsLayer(operations),
      (request, response) => {
        const isKey = readTransferKey(decoded(request.path.slice(1))) !== undefined
        answer(request, response, isKey ? tunnelLogin : nothing)
      },
    ],
    // A path with a malformed escape.
    (_error, request, response) => answer(request, response, nothing),
  )
  return (message, response, host) => serve(contextOf(message, response, host), response)
}

type Take = typeof transferService.take

async function take(
  key: string,
  { account, method, nowMs, signal, wait }: TransferContext,
  accounts: Accounts,
): Promise<Answer<Take, TransferTaken> | Deferred<Take, TransferTaken>> {
  if (readTransferKey(key) === undefined) return { reply: keyUnusable }
  const pending = because(
    text(account.behaviour('transfer.pending_status'), ''),
    'transfer_pending',
  )
  // HEAD must not change anything (RFC 9110 9.2.1): the tokens that it took would be lost.
  const there = keptFor(accounts, key, nowMs)
  if (method === 'HEAD') return { reply: there === undefined ? pending : boxed(there.sealed) }
  const given = there === undefined ? await wait() : undefined
  if (signal.aborted) return { reply: cut }
  if (given === 'full') return { reply: tooMany }
  return () => {
    const kept = keptFor(accounts, key, nowMs)
    // Another poll that waited for the same key may have taken them in the meantime.
    const sealed = given ?? kept?.sealed
    if (sealed === undefined) return { reply: pending }
    const reply = because(boxed(sealed), 'transfer_taken')
    const owner = kept?.account ?? accountWith(accounts, key)
    return owner === undefined
      ? { reply }
      : { reply, changes: { account: owner, changes: owner.transfers.taken(key) } }
  }
}

/** The tokens that are kept for a key, and the account that has them. */
function keptFor(
  accounts: Accounts,
  key: string,
  nowMs: number,
): { readonly account: Account; readonly sealed: SealedTokens } | undefined {
  for (const account of accounts.all()) {
    const sealed = account.transfers.sealed(key, nowMs)
    if (sealed !== undefined) return { account, sealed }
  }
  return undefined
}

function accountWith(accounts: Accounts, key: string): Account | undefined {
  return accounts.all().find(({ transfers }) => transfers.isKnown(key))
}

function boxed({ box, service_public_key: key }: SealedTokens): Reply {
  return text(200, box, { [servicePublicKey]: key })
}

/**
 * The account of a key; until it is known, one with a fault there, so that a mode acts from the first poll. Never that of a
 * stranger, whose faults and journal are for its own programs: then it is nobody's.
 */
function accountFor(accounts: Accounts, world: World, key: string): Account | undefined {
  const known = accountWith(accounts, key)
  if (known !== undefined) return known
  const { id } = transferService.take
  const own = accounts.all().filter(({ lease }) => lease === undefined)
  const faulty = own.find(({ faults }) => faults.list().some(({ fault }) => fault.at === id))
  return faulty ?? own[0] ?? accounts.nobodys(world)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A poll is part of the flow that its key begins. */
function pollFlow({ account, key }: TransferContext): JournaledFlow | undefined {
  if (readTransferKey(key) === undefined) return undefined
  const id = ofTransfer(key)
  return { id, step: 'token', nth: account.flows.next(id), sent: {}, answered: {} }
}

function surfaceOf(
  options: TransferServiceOptions,
): Surface<TransferContext, TransferTaken, TransferRequest> {
  const never = () => {
    throw new Error('every request to the transfer service has a context')
  }
  return {
    ...accountSurface(options, ({ host }: TransferContext) => host),
    paths: ({ path }) => [path],
    context: ({ context }) => context ?? never(),
    commit: (_context, { account, changes }) => account.commit(changes),
    flow: pollFlow,
    failure: (failure) => (isApiFailure(failure) ? apiFailureReply(failure) : text(500, '')),
    stamp: never,
    refused: never,
  }
}
