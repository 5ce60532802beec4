/** Failure modes on the command line: the table, a mode's page, and the request that shows a mode. */
import type { Profile } from '../../contracts/behaviours/table.ts'
import type { ModeSetup } from '../../contracts/control/shapes.ts'
import type { Answer, Mode } from '../../contracts/modes/catalogue.ts'
import { quoted } from '../world/shell-quote.ts'
import { defaultUrl } from './running.ts'

type NamedMode = Mode & { readonly id: string }

export function modeTable(all: readonly NamedMode[]): string {
  const width = Math.max(...all.map(({ id }) => id.length))
  const look = Math.max(...all.map(({ alike }) => alike.length))
  const lines = all.map(
    ({ id, alike, title }) => `${id.padEnd(width)}  ${alike.padEnd(look)}  ${title}`,
  )
  return `${lines.join('\n')}

Show one with: access-emulator modes ID. Set it in a running emulator: access-emulator modes ID --set.
`
}

export function modePage(mode: NamedMode, profiles: readonly Profile[]): string {
  const answers = profiles.map((profile) => {
    const told = answerText(mode.answer[profile])
    return `  ${profile.padEnd(9)} ${told}`
  })
  return `${mode.id}: ${mode.title}

${mode.cause}

Answer
${answers.join('\n')}

How to tell
  ${mode.tell}
${mode.browser === undefined ? '' : `\nIn the browser\n  ${mode.browser}\n`}
Fix
  ${mode.fix}

Looks like ${mode.alike}. Seen with ${mode.observable_with.join(', ')}. Source: ${mode.source.join(', ')} (docs/evidence/).
`
}

/** One line: status, body, marking headers and grade. */
export function answerText(answer: Answer): string {
  const { status, headers = {}, body, meta, metadata, evidence, absent } = answer
  const marks = Object.entries(headers).flatMap(([name, wanted]) =>
    wanted === false || name === 'cf-ray' || name === 'server' ? [] : [name],
  )
  const parts = [
    status === null ? 'no answer' : String(status),
    ...(body === undefined ? [] : [bodyText(body)]),
    ...(marks.length === 0 ? [] : [`with ${marks.join(', ')}`]),
    ...(meta?.service_token_status === undefined
      ? []
      : [`meta.service_token_status ${meta.service_token_status}`]),
    ...callbackText(headers.location),
    ...(metadata === undefined ? [] : [`cf-access-metadata with iat ${metadata.iat}`]),
    `(${evidence})`,
  ]
  return absent === undefined
    ? parts.join(', ').replace(', (', ' (')
    : `does not occur: ${absent}; ${parts.join(', ').replace(', (', ' (')}`
}

/** What an authorization tells the client at its callback. */
function callbackText(location: string | boolean | undefined): readonly string[] {
  if (typeof location !== 'string' || !URL.canParse(location)) return []
  const { searchParams } = new URL(location)
  const error = searchParams.get('error')
  return error === null ? [] : [`${error} "${searchParams.get('error_description') ?? ''}"`]
}

function bodyText(body: NonNullable<Answer['body']>): string {
  switch (body.kind) {
    case 'empty':
      return 'empty body'
    case 'page':
      return `page "${body.says}"`
    case 'text':
      return `"${body.says}"`
    case 'api_error':
      return `code ${body.chain === undefined ? body.code : `${body.code} with ${body.chain}`}`
    case 'json':
      return body.opaque === undefined ? 'JSON' : `JSON with an opaque ${body.opaque.join(' and ')}`
    default:
      return body satisfies never
  }
}

/** A command to copy, what it answers, and how to end the mode. */
export function setupText({ id, title, request, expect, undo }: ModeSetup, url: string): string {
  return `${id} is set: ${title}

Send
  ${curl(request, url)}

Expect
  ${answerText(expect)}

End it
  access-emulator modes ${id} --end${url === defaultUrl ? '' : ` --url ${url}`}    (${undo})
`
}

/** Sends the host name in `Host`, so that no DNS is needed. */
function curl({ method, url, headers, body, redirect }: ModeSetup['request'], at: string): string {
  const { host, pathname, search } = new URL(url)
  const isApi = host === 'api.cloudflare.com'
  const { cookie = '', ...others } = headers
  const isLong = cookie.length > longestArgument
  const fields = Object.entries(isLong ? others : headers).map(
    ([name, value]) => `${name}: ${value}`,
  )
  const parts = [
    ...(isLong ? [`${printing(cookie.split('; '))} | curl -i -H @-`] : ['curl -i']),
    ...(method === 'GET' ? [] : method === 'HEAD' ? ['-I'] : [`-X ${method}`]),
    ...(redirect === undefined ? [] : ['-L']),
    ...(isApi ? [] : [`-H ${quoted(`Host: ${host}`)}`]),
    ...fields.map((field) => `-H ${quoted(field)}`),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
    quoted(new URL(pathname + search, at).href),
  ]
  return parts.join(' ')
}

/** Linux limits one argument to 128 KiB. */
const longestArgument = 100_000

/** One header per cookie, from the shell's own printf; identical cookies are written once. */
function printing(cookies: readonly string[]): string {
  const [first = ''] = cookies
  return cookies.every((cookie) => cookie === first)
    ? `printf ${quoted(`cookie: ${first.replaceAll('%', '%%')}\\n%.0s`)} $(seq ${cookies.length})`
    : `printf 'cookie: %s\\n' ${cookies.map(quoted).join(' ')}`
}
