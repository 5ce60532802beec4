/** The summary of a run as Markdown, for the summary page of a GitHub Actions job. */
import { answerOf, inWords, requestOf } from './in-words.ts'
import type { RunReport } from './report.ts'

/** @param command the program whose requests they are, if only one made them */
export function markdown(report: RunReport, command?: string): string {
  const sentences = inWords(report).filter((line) => !line.startsWith(' '))
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
    `### Cloudflare Access emulator${command === undefined ? '' : `: ${code(command)}`}`,
    '',
    ...sentences.map((line) => `${escaped(line.replace(/:$/, '.'))}\n`),
    ...(rows.length === 0 ? [] : [...table, '']),
    '',
  ].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** As HTML: a backtick in the text would end a Markdown code span. */
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
