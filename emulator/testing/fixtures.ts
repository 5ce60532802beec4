/** What the fixtures for Vitest and for Playwright have in common. */
import type { ModeSetup, ModeTarget } from '../../contracts/control/shapes.ts'
import { headerNames, protectedResourcePath } from '../../contracts/edge/endpoints.ts'

import { isModeId, type ModeId } from '../../contracts/modes/catalogue.ts'
import type { CredentialReason, DenyReason } from '../../contracts/reasons/table.ts'
import type { ControlCalls } from '../control/in-process.ts'
import type { Emulator } from '../instance/emulator.ts'
import {
  causesOf,
  explainedText,
  type RememberedAnswer,
  reasonsOf,
} from '../instance/refusal-causes.ts'

/** The clock of the worker's emulator, which all its accounts share. */
export interface AccessClock {
  /** Stops the clock. @param at ISO 8601 with seconds and zone; default: the current time */
  freeze(at?: string): Promise<void>
  /** Moves the clock forward. @param seconds 0 or more */
  advance(seconds: number): Promise<void>
  /** Returns to the machine's time. Happens by itself after the test. */
  real(): Promise<void>
  /** The current time in ISO 8601. */
  now(): Promise<string>
}

/** Failure modes of the test's account; they end with the test. */
export interface AccessModes {
  /**
   * Sets a mode. Returns the request that shows it, and its exact answer.
   * @param target the application or service token to break; default: new ones, created for the mode
   * @throws Error if the mode is already set, or the target does not exist
   */
  set(id: ModeId, target?: ModeTarget): Promise<ModeSetup>
  end(id: ModeId): Promise<void>
}

/** What a refusal may be put down to: a failure mode, or the reason of the verdict or of the credentials. */
export type RefusalCause = ModeId | DenyReason | CredentialReason

export function clockOf(control: ControlCalls): AccessClock {
  return {
    async freeze(at) {
      await control.setClock({ body: { at: at ?? (await control.getClock()).now } })
    },
    async advance(seconds) {
      await control.setClock({ body: { advance: seconds } })
    },
    async real() {
      await control.setClock({ body: { real: true } })
    },
    now: async () => (await control.getClock()).now,
  }
}

/** @param account id; default: the first account */
export function modesOf(control: ControlCalls, account?: string): AccessModes {
  const query = account === undefined ? {} : { account }
  return {
    set: (id, target) =>
      control.setMode({ params: { id }, query, ...(target === undefined ? {} : { body: target }) }),
    async end(id) {
      await control.endMode({ params: { id }, query })
    },
  }
}

/** The parts of an answer that show whether Access gave it. */
export interface AccessAnswer {
  readonly status: number
  readonly headers: Headers
}

/** How Access refused: `login redirect`, `401` or `403`. Undefined if it did not. */
export function refusalIn({ status, headers }: AccessAnswer): string | undefined {
  if (isLoginAddress(headers.get('location') ?? '')) return 'login redirect'
  const challenge = headers.get('www-authenticate') ?? ''
  // The only mark of managed OAuth's Bearer challenge is the metadata document that it names.
  const isAccess =
    headers.has(headerNames.aud) ||
    challenge.startsWith('Cloudflare-Access') ||
    challenge.includes(protectedResourcePath)
  return (status === 401 || status === 403) && isAccess ? String(status) : undefined
}

export function isLoginAddress(address: string): boolean {
  return address.includes('.cloudflareaccess.com/cdn-cgi/access/login/')
}

/** What the journals have of an answer, by its ray. @throws Error if none has it: then there is no explanation */
export async function rememberedBy(
  emulator: Emulator,
  { status, headers }: AccessAnswer,
): Promise<RememberedAnswer> {
  const ray = headers.get('cf-ray')
  for (const { id } of ray === null ? [] : emulator.accounts()) {
    const query = { account: id }
    const { result } = await emulator.control.readJournal({ query: { ...query, ray: `${ray}` } })
    const entry = result.at(-1)
    if (entry === undefined) continue
    const explanation = await emulator.control.explain({ query, body: { ray: entry.ray } })
    return { entry, explanation }
  }
  throw new Error(`No account of the emulator remembers ${rayOf(headers)}: ${status}.`)
}

export function verdictText(
  { status, headers }: AccessAnswer,
  refusal: string | undefined,
): string {
  return refusal === undefined
    ? `Access let the request through (${status}, ${rayOf(headers)}).`
    : `Access refused the request: ${refusal} (${rayOf(headers)}). POST /__access/explain with this ray says why.`
}

/**
 * Whether a refusal has this cause, as a matcher returns it.
 * @throws Error if the request was refused and the explanation proves no single cause
 */
export function judgedCause(
  remembered: RememberedAnswer,
  { cause, isRefused }: { readonly cause: RefusalCause; readonly isRefused: boolean },
): { readonly pass: boolean; readonly message: () => string } {
  const causes = causesOf(remembered)
  const found = [...causes, ...reasonsOf(remembered.explanation)]
  const isCertain = isModeId(cause) ? causes.length > 0 : found.length > 0
  if (isRefused && !isCertain) {
    throw new Error(
      `Access refused the request, but the explanation does not prove a single cause.\n${explainedText(remembered)}`,
    )
  }
  return {
    pass: found.includes(cause),
    message: () =>
      `Known causes: ${found.join(', ') || 'none'}; expected: ${cause}.\n${explainedText(remembered)}`,
  }
}

function rayOf(headers: Headers): string {
  return `ray ${headers.get('cf-ray') ?? 'unknown'}`
}
