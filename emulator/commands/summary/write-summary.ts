/** The end of a `run`: prints and writes its summary of the requests. */
import { appendFile, writeFile } from 'node:fs/promises'
import { codeOf } from '../../world/error-code.ts'
import { inWords } from './in-words.ts'
import { markdown } from './markdown.ts'
import type { RunReport } from './report.ts'

export interface EndedRun {
  readonly report: RunReport
  /** The program that ran. */
  readonly command: string
  readonly exitCode: number
  readonly profile: string
  readonly seed: string
  /** Where to write the summary as JSON. */
  readonly file: string | undefined
  /** Prints nothing, and leaves the job's summary page alone. */
  readonly quiet: boolean
  /** The file of the GitHub job's summary (`GITHUB_STEP_SUMMARY`). */
  readonly jobSummary: string | undefined
  readonly say: (message: string) => void
}

/** Resolves to false if a file could not be written. */
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

/** Joins indented lines to the line that they belong to. */
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
    say(`cannot write the summary to ${file} (${codeOf(error) ?? error}).`)
    return false
  }
}
