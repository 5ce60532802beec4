/** Runs the plan: sends the probes it requests until it reaches a verdict. */
import { parseJson } from '../../contracts/declaration/json.ts'
import { applicationUrl, type Target, targetFrom } from '../target/target.ts'
import { systemClock } from '../transport/clock.ts'
import { secret } from '../transport/secret.ts'
import { createAccountProbes } from './account-probes.ts'
import type { DiagnoseOptions, Diagnosis } from './diagnosis.ts'
import { createExplainer } from './explain.ts'
import { credentialsIn, type DiagnoseInput, firstFacts } from './first-facts.ts'
import { isHealthy, isUnreachable, unreachable } from './health.ts'
import { limitsOf } from './limits.ts'
import { oauthSteps } from './oauth-steps.ts'
import type { ObservedFacts, ProbeName, RefusedProbe, SeenAnswer } from './observation.ts'
import { callOf, type Observed, readObserved, refusalIn } from './observed.ts'
import { plan } from './planner.ts'
import {
  type EdgeProbe,
  isEdgeProbe,
  type ProbeRequest,
  type ProbeSecrets,
  requests,
} from './probes.ts'
import { failureOf, seenFrom, unanswered } from './read-answer.ts'

/** Each probe is sent once, so the plan always ends; this only guards against a bug. */
const mostProbes = 24

/**
 * Finds out why a request through Access fails, with the fewest probes: none follows a redirect or writes, and the pair
 * goes only to a URL that Access guards. Without `api` it names the causes that look alike, and does not guess among
 * them.
 * @throws AccessUsageError if the options do not fit together
 * @throws AccessConnectionError if nothing answers at all
 * @example
 * const { causes } = await diagnose({ url: 'https://app.example.com/', credentials: pair })
 * for (const { id, proof, fix } of causes) console.log(id, proof, fix)
 */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const { target = targetFrom(), clock = systemClock, timeoutMs = 10_000 } = options
  const url = applicationUrl(options.url, target)
  const observed = await observedIn(options.observed)
  const credentials = credentialsIn(options, observed)
  const secrets: ProbeSecrets = {
    pair: usablePair(credentials),
    apiToken: options.api === undefined ? undefined : secret(options.api.apiToken),
  }
  const rays: string[] = []
  let probes = 0
  const note = ({ ray }: { readonly ray: string | undefined }) => {
    probes += 1
    if (ray !== undefined) rays.push(ray)
  }
  const readAccount =
    options.api === undefined || secrets.apiToken === undefined
      ? undefined
      : createAccountProbes({
          target,
          clock,
          timeoutMs,
          account_id: options.api.account_id,
          apiToken: secrets.apiToken,
          onAnswer: note,
        })

  const explain = explainerFor(options, { target, timeoutMs })

  let facts = firstFacts(options, {
    ...{ url, target, credentials, observed },
    canExplain: explain !== undefined,
    nowMs: clock.now(),
  })
  for (let turn = 0; turn < mostProbes; turn += 1) {
    const step = plan(facts)
    if (step.kind === 'verdict') {
      const { causes, ruled_out } = step
      if (causes.length === 0 && isUnreachable(facts)) throw unreachable(url, facts)
      const healthy = causes.length === 0 && isHealthy(facts)
      const oauth = facts.wantsOauth ? { oauth: oauthSteps(facts) } : {}
      return { healthy, causes, ruled_out, probes, rays, ...limitsOf(facts), ...oauth }
    }
    const { probe } = step
    if (step.kind === 'explain') {
      const told = await explain?.(await rayOf(step.probe))
      facts = { ...facts, explained: { ...facts.explained, [probe]: told } }
    } else if (isEdgeProbe(probe)) {
      facts = withSeen(facts, probe, await ask(probe))
    } else {
      const { account = {}, drift = [], refusal } = (await readAccount?.(probe)) ?? {}
      facts = {
        ...facts,
        account: { ...facts.account, ...account },
        drift: { ...facts.drift, [probe]: drift },
        refusals: refusal === undefined ? facts.refusals : { ...facts.refusals, [probe]: refusal },
      }
    }
  }
  throw new Error('the plan requests more probes than exist')

  async function ask(probe: EdgeProbe): Promise<SeenAnswer> {
    const asked = requests[probe](facts, secrets)
    if (asked === undefined) return nowhere(url)
    const seen = await send(asked)
    note(seen)
    return seen
  }

  /** The ray of the probe as just sent: an exchange that was handed in may be old, or from another emulator. */
  async function rayOf(probe: RefusedProbe): Promise<string | undefined> {
    const ray = facts.seen[probe]?.ray
    return ray !== undefined && rays.includes(ray) ? ray : (await ask(probe)).ray
  }

  async function send({ url: at, method, headers = {}, body }: ProbeRequest): Promise<SeenAnswer> {
    const started = clock.now()
    const asked = () => ({ method, url: at, tookMs: clock.now() - started })
    try {
      const response = await target.fetch(at, {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body }),
      })
      return await seenFrom(response, asked())
    } catch (error) {
      return unanswered(failureOf(error), asked())
    }
  }
}

/** A probe that cannot be sent counts as unreachable. */
function nowhere(url: URL): SeenAnswer {
  return unanswered('refused', { method: 'GET', url, tookMs: 0 })
}

function withSeen(facts: ObservedFacts, probe: ProbeName, seen: SeenAnswer): ObservedFacts {
  const next = {
    ...facts,
    seen: { ...facts.seen, [probe]: seen },
    nowMs: seen.dateMs ?? facts.nowMs,
  }
  if (facts.kind !== 'api' || probe !== 'asked') return next
  const { status, ray } = seen
  const call = callOf('GET', facts.url)
  const refusal = refusalIn(parseJson(seen.body), { status, ray, call })
  return refusal === undefined ? next : { ...next, refusals: { ...next.refusals, asked: refusal } }
}

/** Undefined live: only an emulator can try fixes. */
function explainerFor(
  { advice = true, adminToken }: DiagnoseOptions,
  { target, timeoutMs }: { readonly target: Target; readonly timeoutMs: number },
): ReturnType<typeof createExplainer> | undefined {
  if (target.name !== 'emulator' || !advice) return undefined
  return createExplainer({
    target,
    timeoutMs,
    adminToken: adminToken === undefined ? undefined : secret(adminToken),
  })
}

async function observedIn(text: string | undefined): Promise<Observed> {
  return text === undefined ? { exchanges: [], refusal: undefined } : await readObserved(text)
}

function usablePair({ client_id, client_secret }: DiagnoseInput): ProbeSecrets['pair'] {
  if (client_id === undefined || client_secret === undefined) return undefined
  return { client_id, client_secret }
}
