/** Saved requests and responses: the output of `curl -v`, or a HAR. */
import { exchangesFrom } from '../../contracts/recording/har.ts'

export interface Message {
  readonly method: string
  readonly url: string
  readonly request: readonly (readonly [name: string, value: string])[]
  /** Null if no response came. */
  readonly status: number | null
  readonly answer: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** Empty if the value is not a HAR. */
export function harMessages(value: unknown): readonly Message[] {
  const exchanges = exchangesFrom(value) ?? []
  return exchanges
    .filter(({ url }) => URL.canParse(url))
    .map(({ method, url, headers, answer }) => ({
      method,
      url,
      request: headers,
      status: answer !== undefined && isFinal(answer.status) ? answer.status : null,
      answer: answer?.headers ?? [],
      body: answer?.body ?? '',
    }))
}

function isFinal(status: number): boolean {
  return status >= 200 && status <= 599
}

interface Draft {
  line: string
  request: [string, string][]
  answer: [string, string][]
  status: number | null
  body: string[]
}

/**
 * Parses `curl -v` output: `>` lines were sent, `<` lines received, `*` lines are remarks, and the body stands between.
 * In order; a followed redirect is a message of its own. Empty if the text is something else.
 */
export function curlMessages(text: string): readonly Message[] {
  const drafts: Draft[] = []
  for (const line of text.split(/\r?\n/)) {
    const mark = /^([<>*{}])(?: (.*))?$/.exec(line)
    const [, kind, rest = ''] = mark ?? []
    const current = drafts.at(-1)
    if (kind === '>') sent(drafts, rest)
    else if (kind === '<' && current !== undefined) came(current, rest)
    else if (kind === undefined && current !== undefined && current.status !== null) {
      // If the body does not end in a newline, curl's next remark follows it on the same line.
      current.body.push(line.replace(/\* Connection #\d+ to host .+$/, ''))
    }
  }
  return drafts.flatMap(messageFrom)
}

function sent(drafts: Draft[], rest: string): void {
  if (/^[A-Z]+ \S+ HTTP\/[\d.]+$/.test(rest)) {
    drafts.push({ line: rest, request: [], answer: [], status: null, body: [] })
    return
  }
  const header = split(rest)
  if (header !== undefined) drafts.at(-1)?.request.push(header)
}

function came(draft: Draft, rest: string): void {
  const status = /^HTTP\/[\d.]+ (\d{3})/.exec(rest)?.[1]
  if (status !== undefined) {
    // 100 Continue and a proxy's response precede the actual one.
    draft.status = Number(status)
    draft.answer = []
    return
  }
  const header = split(rest)
  if (header !== undefined) draft.answer.push(header)
}

function split(line: string): [string, string] | undefined {
  const at = line.indexOf(':', 1)
  return at < 1 ? undefined : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
}

function messageFrom({ line, request, answer, status, body }: Draft): Message[] {
  const [method = '', target = ''] = line.split(' ')
  // CONNECT opens a tunnel; it does not request the resource.
  if (method === 'CONNECT') return []
  const host = request.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? ''
  const url = target.startsWith('/') ? `https://${host}${target}` : target
  if (!URL.canParse(url)) return []
  return [{ method, url, request, answer, status, body: body.join('\n').trimEnd() }]
}
