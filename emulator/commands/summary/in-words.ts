/** The summary of a run in words, for a terminal or the page of a CI job. */
import { counted } from '../counted.ts'
import type { RunReport } from './report.ts'
import type { CountedRequest, RequestOutcome } from './tally.ts'

/** One section of the summary: the requests with one outcome. */
interface Section {
  readonly outcome: RequestOutcome
  readonly total: 'refused' | 'sent_to_login' | 'refused_by_origin' | 'expected_only'
  readonly heading: (counts: { readonly count: number; readonly requests: number }) => string
}

const sections: readonly Section[] = [
  {
    outcome: 'refused',
    total: 'refused',
    heading: ({ count, requests }) =>
      `${count} of ${counted(requests, 'request')} ${count === 1 ? 'was' : 'were'} refused`,
  },
  {
    outcome: 'login',
    total: 'sent_to_login',
    heading: ({ count }) =>
      `${counted(count, 'request')} ${count === 1 ? 'was' : 'were'} sent to the login page`,
  },
  {
    outcome: 'origin',
    total: 'refused_by_origin',
    heading: ({ count }) =>
      `${counted(count, 'request')} passed Access and got an error from the origin`,
  },
  {
    outcome: 'expected_only',
    total: 'expected_only',
    heading: ({ count }) =>
      `${counted(count, 'answer')} ${count === 1 ? 'exists' : 'exist'} only in profile "expected"; real Cloudflare answers differently (try --profile observed)`,
  },
]

const foreign =
  'used credentials that belong to no account here. The emulator knows the API token and the service tokens of its seed, and run passes them to the command in environment variables; it cannot see what the command reads elsewhere, such as a .env file or a token in the script. Remove it there, or put it in a seed of your own (--seed FILE).'

const silent =
  'no request reached the emulator. If the command makes requests, they went elsewhere: `access-emulator doctor` finds what keeps tools from using the proxy.'

/** At most this many lines per section; the --summary file has them all. */
const mostLines = 10

/** Lines without a line ending; the first of each section begins with a capital or a number. */
export function inWords(report: RunReport): string[] {
  const { requests, refused, foreign_credentials } = report
  if (requests === 0) return [silent]
  const none = refused === 0 ? [`${counted(requests, 'request')}, none refused.`] : []
  const parts = sections.flatMap((section) => part(section, report))
  const note =
    foreign_credentials === 0 ? [] : [`${counted(foreign_credentials, 'request')} ${foreign}`]
  return [...none, ...parts, ...note]
}

function part({ outcome, total, heading }: Section, report: RunReport): string[] {
  const { requests, kinds } = report
  const shown = kinds.filter((kind) => kind.outcome === outcome)
  if (shown.length === 0) return []
  const more = shown.length - mostLines
  return [
    `${heading({ count: report[total], requests })}:`,
    ...shown.slice(0, mostLines).flatMap(linesOf),
    ...(more > 0 ? [`  and ${counted(more, 'other kind')} (--summary FILE has them all)`] : []),
  ]
}

function linesOf(kind: CountedRequest): string[] {
  const times = kind.count === 1 ? '' : `${kind.count} x `
  const mark = kind.outcome === 'refused' && kind.expected_only ? ' (only profile "expected")' : ''
  const line = `  ${times}${requestOf(kind)} ${answerOf(kind)}${mark}: ${lowered(kind.why)}`
  if (kind.mode === null) return [line]
  return [line, `    failure mode ${kind.mode}: \`access-emulator modes ${kind.mode}\` says more`]
}

export function requestOf({ method, host, path }: CountedRequest): string {
  if (method === '') return 'unreadable request'
  return `${method} ${host === 'api.cloudflare.com' ? '' : host}${path}`
}

export function answerOf({ status, code }: CountedRequest): string {
  if (status === 0) return 'no answer'
  return code === null ? String(status) : `${status} ${code}`
}

/** Turns a sentence into a clause for the end of a line. */
function lowered(why: string): string {
  const clause = why.replace(/\.$/, '')
  const isName = /^(?:Access|Cloudflare|Policy|[A-Z]{2}|"|CF-)/.test(clause)
  return isName ? clause : clause.charAt(0).toLowerCase() + clause.slice(1)
}
