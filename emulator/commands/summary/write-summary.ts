/** How `run` ends: what it says of the requests that it saw, and where it writes that down. */
import { appendFile, writeFile } from 'node:fs/promises'
import { inWords } from './in-words.ts'
import { markdown } from './markdown.ts'
import type { RunReport } from './report.ts'

export interface EndedRun {
  readonly report: RunReport
  /** The program that ran, and how it ended. */
  readonly command: string
  readonly exitCode: number
  readonly profile: string
  readonly seed: string
  /** For the JSON. */
  readonly file: string | undefined
  /** Nothing is said, and nothing goes on the page of a CI job. */
  readonly quiet: boolean
  /** The file of a GitHub job's summary. */
  readonly jobSummary: string | undefined
  readonly say: (message: string) => void
}

/** Answers whether all was written that was asked for. */
export async function writeSummary(ended: EndedRun): Promise<boolean> {
  const { report, command, exitCode, profile, seed, file, quiet, jobSummary, say } = ended
  if (!quiet) for (const paragraph of paragraphs(inWords(report))) say(paragraph)
  if (!quiet && jobSummary) {
    await written(() => appendFile(jobSummary, markdown(report, command)), jobSummary, say)
  }
  if (file === undefined) return true
  const whole = { exit_code: exitCode, profile, seed, ...report }
  return written(() => writeFile(file, `${JSON.stringify(whole, null, 2)}\n`), file, say)
}

/** Lines that belong together. */
function paragraphs(lines: readonly string[]): string[] {
  const found: string[] = []
  for (const line of lines) {
    const before = found.at(-1)
    if (line.startsWith(' ') && before !== undefined) found[found.length - 1] = `${before}\n${line}`
    else found.push(line)
  }
  return found
}

async function written(
  write: () => Promise<void>,
  file: string,
  say: (message: string) => void,
): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    say(`the summary could not be written to ${file} (${code}).`)
    return false
  }
}
