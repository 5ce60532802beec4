/** A recording, HAR 1.2, read as answers to give again. */
import { readFile } from 'node:fs/promises'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import type { EffectOf } from '../../contracts/faults.ts'
import { type HeaderPairs, hopByHop } from '../../contracts/http/headers.ts'
import { parseJson } from '../../contracts/json.ts'
import type { HttpExchange } from '../../contracts/recording/exchange.ts'
import { exchangesFrom } from '../../contracts/recording/har.ts'
import { OptionProblem } from '../options.ts'
import { hostOf } from '../server/hosts.ts'

export interface RecordedAnswer {
  readonly host: string
  /** As it was sent. */
  readonly path: string
  /** From its `?` on, or empty; undefined where a part of it was redacted, so that nobody will ask it again. */
  readonly query: string | undefined
  readonly method: string
  readonly effect: EffectOf<'status'>
}

export interface HarRecording {
  readonly answers: readonly RecordedAnswer[]
  /** Answers that cannot be given again, for nobody kept their bodies. */
  readonly leftOut: number
}

/** @throws OptionProblem where the file is no HAR, or holds no answer */
export async function readRecording(file: string): Promise<HarRecording> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new OptionProblem(`"${file}" cannot be read. Give --replay the path of a HAR file.`)
  })
  const exchanges = exchangesFrom(parseJson(text))
  if (exchanges === undefined) {
    throw new OptionProblem(
      `"${file}" is no HAR. Record one with \`access-emulator record --out FILE -- CMD\`, or save it in a browser.`,
    )
  }
  const answers = exchanges.flatMap(recordedFrom)
  const leftOut = exchanges.filter(({ answer }) => answer?.bodyLeftOut !== undefined).length
  if (answers.length > 0) return { answers, leftOut }
  throw new OptionProblem(`"${file}" holds no answer to replay. Record one first.`)
}

/** Nothing where there was no answer, one that ends a connection's HTTP (1xx), or one whose body nobody kept. */
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

/** A reference of the redaction holds a `#`, so this comes before anything reads the text as a URL. */
function queryOf(url: string): string | undefined {
  if (/\?.*\[[a-z_]+#\d+\]/s.test(url)) return undefined
  return new URL(url).search
}

/** What belongs to one connection or one answer, or would lead a client past the emulator (`alt-svc`). */
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
  // What an emulator marked stays so: its answers are no evidence of Cloudflare's.
  if (!headers.has(headerNames.evidence)) headers.set(headerNames.evidence, ['recorded'])
  const entries = [...headers].map(([name, values]) => {
    const [first = '', ...more] = values
    return [name, more.length === 0 ? first : values] as const
  })
  return Object.fromEntries(entries)
}
