/** A recording, HAR 1.2, read as answers to give again. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { headerNames } from '../../contracts/edge.ts'
import { once } from '../../contracts/endpoint.ts'
import type { EffectOf } from '../../contracts/faults.ts'
import { hostOf } from '../front/names.ts'
import { OptionProblem } from '../options.ts'

export interface Recorded {
  readonly host: string
  /** As it was sent. */
  readonly path: string
  /** From its `?` on, or empty; undefined where a part of it was redacted, so that nobody will ask it again. */
  readonly query: string | undefined
  readonly method: string
  readonly effect: EffectOf<'status'>
}

const har = once(() =>
  z.looseObject({
    log: z.looseObject({
      entries: z.array(
        z.looseObject({
          request: z.looseObject({ method: z.string(), url: z.string() }),
          response: z.looseObject({
            status: z.number().int(),
            headers: z.array(z.looseObject({ name: z.string(), value: z.string() })).default([]),
            content: z
              .looseObject({ text: z.string().optional(), encoding: z.string().optional() })
              .default({}),
          }),
        }),
      ),
    }),
  }),
)
type Entry = z.output<ReturnType<typeof har>>['log']['entries'][number]

/** @throws OptionProblem where the file is no HAR, or holds no answer */
export async function readRecording(file: string): Promise<readonly Recorded[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new OptionProblem(`"${file}" cannot be read. Give --replay the path of a HAR file.`)
  })
  const parsed = har().safeParse(json(text))
  if (!parsed.success) {
    throw new OptionProblem(
      `"${file}" is no HAR. Record one with \`access-client fetch URL --record FILE\`, or save it in a browser.`,
    )
  }
  const recorded = parsed.data.log.entries.flatMap(recordedFrom)
  if (recorded.length > 0) return recorded
  throw new OptionProblem(`"${file}" holds no answer to replay. Record one first.`)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Nothing where there was no answer, or one that ends a connection's HTTP (1xx). */
function recordedFrom({ request, response }: Entry): Recorded[] {
  const { status, headers, content } = response
  const isHttp = URL.canParse(request.url) && /^https?:/i.test(request.url)
  if (!isHttp || status < 200 || status > 599) return []
  const { host, pathname } = new URL(request.url)
  const query = queryOf(request.url)
  const { text = '', encoding } = content
  const body = encoding === 'base64' ? Buffer.from(text, 'base64').toString() : text
  const effect = { kind: 'status', status, body, headers: headersFrom(headers) } as const
  const method = request.method.toUpperCase()
  return [{ host: hostOf(host), path: pathname, query, method, effect }]
}

/** A reference of the redaction holds a `#`, so this comes before anything reads the text as a URL. */
function queryOf(url: string): string | undefined {
  if (/\?.*\[[a-z_]+#\d+\]/s.test(url)) return undefined
  return new URL(url).search
}

/** What belongs to one connection or one answer, or would lead a client past the emulator (`alt-svc`). */
const dropped: ReadonlySet<string> = new Set([
  'alt-svc',
  'cf-ray',
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function headersFrom(given: Entry['response']['headers']): EffectOf<'status'>['headers'] {
  const headers = new Map<string, string[]>()
  for (const { name, value } of given) {
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
