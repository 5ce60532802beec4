/** Requests a URL in every way that the support ticket did, and reads the account, while everything is recorded. */
import { accessPrefix, edge, protectedResourcePath } from '../../contracts/edge/endpoints.ts'
import type { Drift } from '../api/drift.ts'
import type { ApiReader } from '../api/reader.ts'
import { type EdgeAnswer, readAnswer } from '../edge/edge.ts'
import { type Pair, pairHeaders } from '../target/credentials.ts'
import type { Target } from '../target/target.ts'
import type { Clock } from '../transport/clock.ts'
import { connect } from '../transport/connect.ts'
import { AccessConnectionError } from '../transport/errors.ts'
import { readAccount } from './gather-account.ts'
import type { CapturedTraffic } from './recording.ts'

/** One request and its outcome. */
export interface GatherStep {
  readonly what: string
  /** What the documentation or the ticket leads one to expect. */
  readonly expected: string
  readonly actual: string
  readonly status: number | undefined
  readonly ray: string | undefined
  /** Undefined if no outcome would be wrong. */
  readonly isAsExpected: boolean | undefined
}

export interface Gathered {
  readonly steps: readonly GatherStep[]
  readonly aud: string | undefined
  readonly team: string | undefined
  /** How far the edge's clock is ahead of this one in milliseconds; only as accurate as `Date`, which is in seconds. */
  readonly offsetMs: number | undefined
  /** The application and its surroundings, as the API returned them. */
  readonly account: Readonly<Record<string, unknown>>
  /** Whether an account id and an API token were available, so that the API was called. */
  readonly isApiAsked: boolean
  /** What could not be read through the API. */
  readonly unread: readonly string[]
  /** Where the API's answers differ from the contract; they are kept as received. */
  readonly drift: readonly Drift[]
}

export interface Gathering {
  readonly url: URL
  readonly target: Target
  readonly recording: CapturedTraffic
  readonly pair: Pair | undefined
  readonly api: ApiReader | undefined
  readonly aud: string | undefined
  readonly team: string | undefined
  readonly clock: Clock
}

export async function gather(gathering: Gathering): Promise<Gathered> {
  const { url, pair, api, recording, clock } = gathering
  const steps: GatherStep[] = []
  let { aud, team } = gathering
  let offsetMs: number | undefined

  async function step(
    what: string,
    expected: string,
    address: URL,
    init: RequestInit,
    judge: (answer: EdgeAnswer) => boolean | undefined,
  ): Promise<EdgeAnswer | undefined> {
    recording.about(what)
    try {
      const before = clock.now()
      const response = await connect(recording.fetch, address, { ...init, redirect: 'manual' })
      const date = Date.parse(response.headers.get('date') ?? '')
      // `Date` is truncated to seconds, so on average it lags by half a second.
      if (!Number.isNaN(date)) offsetMs ??= date + 500 - (before + clock.now()) / 2
      const answer = readAnswer(response, address)
      aud ??= answer.aud
      team ??= answer.team
      const { status, ray } = answer
      steps.push({
        what,
        expected,
        actual: actualOf(answer),
        status,
        ray,
        isAsExpected: judge(answer),
      })
      return answer
    } catch (error) {
      if (!(error instanceof AccessConnectionError)) throw error
      const actual = error.message
      steps.push({ what, expected, actual, status: undefined, ray: undefined, isAsExpected: false })
      return undefined
    }
  }

  const account = await readAccount(gathering)
  aud ??= account.aud
  team ??= account.team
  // Origins answer 401 and 403 too: only the marks of Access show that it was Access.
  const refused = ({ kind }: EdgeAnswer) => kind === 'login' || kind === 'blocked'
  await step('GET without credentials', 'refused by Access: 302, 401 or 403', url, {}, refused)
  await step(
    'GET the protected-resource document',
    'JSON that says what protects the URL, or 404',
    new URL(`${protectedResourcePath}${url.pathname}`, url),
    {},
    () => undefined,
  )
  if (pair !== undefined) {
    const headers = pairHeaders(pair)
    const opened = await step(
      'GET with the pair',
      '200 from the application; a CF_Authorization cookie, unless the organization is strict',
      url,
      { headers },
      (answer) => !refused(answer) && answer.status < 400,
    )
    const wants = '200 with {"token": …} (what the ticket expects; public evidence says 404)'
    const isToken = ({ status }: EdgeAnswer) => status === 200
    const post = { method: 'POST', headers }
    await step(
      'POST the exchange endpoint of the application host',
      wants,
      new URL(edge.serviceAuth.path, url),
      post,
      isToken,
    )
    if (team !== undefined && aud !== undefined) {
      const address = new URL(edge.serviceAuth.path, `https://${team}`)
      address.searchParams.set('aud', aud)
      await step('POST the exchange endpoint of the team domain', wants, address, post, isToken)
    }
    const token = opened?.token
    if (token !== undefined) {
      await step(
        'GET with the application token alone',
        '200 if an Allow policy admits its owner, otherwise refused',
        url,
        { headers: { cookie: `CF_Authorization=${token}` } },
        () => undefined,
      )
    }
  }
  if (team !== undefined) {
    await step(
      'GET the signing keys of the team',
      '200 with the keys',
      new URL(edge.certs.path, `https://${team}`),
      {},
      ({ status }) => status === 200,
    )
  }
  const { found, unread, drift } = account
  return {
    steps,
    aud,
    team,
    offsetMs,
    account: found,
    isApiAsked: api !== undefined,
    unread,
    drift,
  }
}

function actualOf({ status, kind, meta, token, url }: EdgeAnswer): string {
  const isOwnPath =
    url.pathname.startsWith(accessPrefix) || url.pathname.startsWith(protectedResourcePath)
  if (isOwnPath && kind === 'not_access') return String(status)
  const words: Readonly<Record<EdgeAnswer['kind'], string>> = {
    passed: 'let through by Access',
    login: `redirected to the login page${meta?.service_token_status === true ? ', although the pair is that of an active service token' : ''}`,
    blocked: 'blocked by Access',
    not_access: 'no marks of Access on the answer',
  }
  return `${status}: ${words[kind]}${token === undefined ? '' : ', with a CF_Authorization cookie'}`
}
