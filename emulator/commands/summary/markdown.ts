/** The summary of a run as the page of a job in GitHub Actions shows it. */
import { answerOf, inWords, requestOf } from './in-words.ts'
import type { RunReport } from './report.ts'

export function markdown(report: RunReport, command: string): string {
  const said = inWords(report).filter((line) => !line.startsWith(' '))
  const rows = report.kinds.map((kind) =>
    row([
      String(kind.count),
      code(requestOf(kind)),
      `${answerOf(kind)}${kind.expected_only ? ', only in profile <code>expected</code>' : ''}`,
      escaped(kind.why) + (kind.mode === null ? '' : ` Failure mode ${code(kind.mode)}.`),
    ]),
  )
  const table = [
    row(['Requests', 'Request', 'Answer', 'Why']),
    row(['--:', '---', '---', '---']),
    ...rows,
  ]
  return [
    `### Cloudflare Access emulator: ${code(command)}`,
    '',
    ...said.map((line) => `${escaped(line.replace(/:$/, '.'))}\n`),
    ...(rows.length === 0 ? [] : [...table, '']),
    '',
  ].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** As HTML: a code span of Markdown would end at a backtick in it. */
function code(text: string): string {
  return `<code>${escaped(text)}</code>`
}

function escaped(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[|`*_[\]\\~]/g, (character) => `&#${character.charCodeAt(0)};`)
}
