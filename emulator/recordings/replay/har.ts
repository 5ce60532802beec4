/** Reads a HAR 1.2 recording as answers to replay. */
import { readFile } from 'node:fs/promises'
import type { EffectOf } from '../../../contracts/control/faults.ts'
import { parseJson } from '../../../contracts/declaration/json.ts'
import { headerNames } from '../../../contracts/edge/endpoints.ts'
import { type HeaderPairs, hopByHop } from '../../../contracts/http/headers.ts'
import type { HttpExchange } from '../../../contracts/recording/exchange.ts'
import { exchangesFrom } from '../../../contracts/recording/har.ts'
import { hostOf } from '../../network/hosts.ts'
import { OptionProblem } from '../../world/option-problem.ts'

export interface RecordedAnswer {
  readonly host: string
  /** As sent, without the query. */
  readonly path: string
  /** With its `?`, or empty; undefined if part of it was redacted, so that it cannot be matched. */
  readonly query: string | undefined
  readonly method: string
  readonly effect: EffectOf<'status'>
}

export interface HarRecording {
  readonly answers: readonly RecordedAnswer[]
  /** The number of answers that cannot be replayed, because their bodies were not recorded. */
  readonly leftOut: number
}

/** @throws OptionProblem if the file is not a HAR, or has no answers */
export async function readRecording(file: string): Promise<HarRecording> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new OptionProblem(`"${file}" cannot be read. Give --replay the path of a HAR file.`)
  })
  const exchanges = exchangesFrom(parseJson(text))
  if (exchanges === undefined) {
    throw new OptionProblem(
      `"${file}" is not a HAR file. Record one with \`access-emulator record --out FILE -- CMD\`, or save it in a browser.`,
    )
  }
  const answers = exchanges.flatMap(recordedFrom)
  const leftOut = exchanges.filter(({ answer }) => answer?.bodyLeftOut !== undefined).length
  if (answers.length > 0) return { answers, leftOut }
  throw new OptionProblem(`"${file}" has no answers to replay. Record some first.`)
}

/** Undefined without a response, for one that ends a connection's HTTP (1xx), or without a recorded body. */
function recordedFrom({ method, url, answer }: HttpExchange): RecordedAnswer[] {
  const isHttp = URL.canParse(url) && /^https?:/i.test(url)
  if (!isHttp || answer === undefined || answer.bodyLeftOut !== undefined) return []
  const { status, headers, body } = answer
  if (status < 200 || status > 599) return []
  const { host, pathname } = new URL(url)
  const effect = { kind: 'status', status, body, headers: headersFrom(headers) } as const
  const asked = { host: hostOf(host), path: pathname, query: queryOf(url) }
  return [{ ...asked, method: method.toUpperCase(), effect }]
}

/** Checks the text before it is parsed as a URL: the references of redacted values contain a `#`. */
function queryOf(url: string): string | undefined {
  if (/\?.*\[[a-z_]+#\d+\]/s.test(url)) return undefined
  return new URL(url).search
}

/** Headers that belong to one connection or answer, or would lead clients past the emulator (`alt-svc`). */
const dropped: ReadonlySet<string> = new Set([
  ...hopByHop,
  'alt-svc',
  'cf-ray',
  'content-encoding',
  'content-length',
  'date',
  'proxy-authenticate',
])

function headersFrom(given: HeaderPairs): EffectOf<'status'>['headers'] {
  const headers = new Map<string, string[]>()
  for (const [name, value] of given) {
    const lower = name.toLowerCase()
    const isWritable =
      /^[\w!#$%&'*+.^`|~-]+$/.test(lower) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
    if (!isWritable || dropped.has(lower)) continue
    headers.set(lower, [...(headers.get(lower) ?? []), value])
  }
  // Keeps the mark of a recorded emulator: its answers are no evidence of Cloudflare's behaviour.
  if (!headers.has(headerNames.evidence)) headers.set(headerNames.evidence, ['recorded'])
  const entries = [...headers].map(([name, values]) => {
    const [first = '', ...more] = values
    return [name, more.length === 0 ? first : values] as const
  })
  return Object.fromEntries(entries)
}
