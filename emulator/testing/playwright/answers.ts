/** Matchers for the answers that a page or `request` got, and the emulators that can explain them. */
import { type APIResponse, expect as base, type Request, type Response } from '@playwright/test'
import { headerNames } from '../../../contracts/edge/endpoints.ts'
import type { Emulator } from '../../instance/emulator.ts'
import {
  type AccessAnswer,
  isLoginAddress,
  judgedCause,
  type RefusalCause,
  refusalIn,
  rememberedBy,
  verdictText,
} from '../fixtures.ts'

/** What `page.goto`, `page.waitForResponse` and `request.get` return. */
export type BrowserAnswer = Response | APIResponse | null

/** Those of this process: one at a time, as a worker has one. */
const running = new Set<Emulator>()

/** Registers an emulator as one that can explain answers. Returns what takes it back. */
export function answering(emulator: Emulator): () => void {
  running.add(emulator)
  return () => running.delete(emulator)
}

/** Playwright's `expect` with matchers for the answers of Access. Each must be awaited. */
export const expect = base.extend({
  /** Passes unless Access itself answered, with its login redirect, 401 or 403. */
  async toBeAllowedByAccess(received: BrowserAnswer) {
    const { head, refusal } = await refusedHead(received)
    return { pass: refusal === undefined, message: () => verdictText(head, refusal) }
  },
  /** Passes if Access itself answered, with its login redirect, 401 or 403. */
  async toBeDeniedByAccess(received: BrowserAnswer) {
    const { head, refusal } = await refusedHead(received)
    return { pass: refusal !== undefined, message: () => verdictText(head, refusal) }
  },
  /**
   * Passes if Access denied the request and the emulator's explanation proves that cause: a failure mode
   * (`npx access-emulator modes` lists them), or the reason of the verdict or of the credentials.
   */
  async toBeDeniedBecause(received: BrowserAnswer, cause: RefusalCause) {
    const { head, refusal } = await refusedHead(received)
    const [emulator] = running
    if (emulator === undefined) {
      throw new Error('toBeDeniedBecause needs a test with the fixtures of this package.')
    }
    const remembered = await rememberedBy(emulator, head)
    return judgedCause(remembered, { cause, isRefused: refusal !== undefined })
  },
})

interface Judged {
  readonly head: AccessAnswer
  readonly refusal: string | undefined
}

/** A browser follows the redirect to the login page, so the answer in question may be an earlier one. */
async function refusedHead(received: BrowserAnswer): Promise<Judged> {
  if (received === null) throw new Error('There was no response: the page did not navigate.')
  if (!('request' in received)) return judged(headOf(received))
  const followed = isLoginAddress(received.url()) ? await redirectToLogin(received.request()) : null
  return judged(headOf(followed ?? received))
}

function judged(head: AccessAnswer): Judged {
  return { head, refusal: refusalIn(head) }
}

async function redirectToLogin(request: Request): Promise<Response | null> {
  for (let at = request.redirectedFrom(); at !== null; at = at.redirectedFrom()) {
    const response = await at.response()
    if (response !== null && refusalIn(headOf(response)) !== undefined) return response
  }
  return null
}

/** Not all headers: Playwright joins repeated ones with line feeds. */
function headOf(response: Response | APIResponse): AccessAnswer {
  const all = response.headers()
  const wanted = ['location', 'www-authenticate', 'cf-ray', headerNames.aud.toLowerCase()]
  const headers = new Headers()
  for (const name of wanted) {
    const value = all[name]
    if (value !== undefined && !value.includes('\n')) headers.set(name, value)
  }
  return { status: response.status(), headers }
}
