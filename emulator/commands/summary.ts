/** `access-emulator summary`: what a running emulator refused and why, like the end of a `run`. */
import { Command, Option } from 'commander'
import { control } from '../../contracts/control/endpoints.ts'
import type { Explanation, JournalEntry } from '../../contracts/control/shapes.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { type AdminTokenFlags, adminTokenOf, withAdminToken } from './admin-token.ts'
import { ask, type Running, seedAccounts, urlFlag } from './running.ts'
import { inWords } from './summary/in-words.ts'
import { markdown } from './summary/markdown.ts'
import { type RunReport, reportOf } from './summary/report.ts'
import { createTally } from './summary/tally.ts'

interface SummaryFlags extends AdminTokenFlags {
  readonly url: string
  readonly json?: boolean
  readonly markdown?: boolean
}

export function summaryCommand(): Command {
  return withAdminToken(new Command('summary'))
    .description('print what a running emulator refused and why, from its journal')
    .addOption(urlFlag())
    .addOption(
      new Option('--markdown', 'print Markdown, as for the summary of a GitHub job').conflicts(
        'json',
      ),
    )
    .option('--json', 'print JSON')
    .action(print)
}

async function print(flags: SummaryFlags): Promise<void> {
  const report = await summarized({ url: flags.url, adminToken: adminTokenOf(flags) })
  process.stdout.write(textOf(report, flags))
}

function textOf(report: RunReport, flags: SummaryFlags): string {
  if (flags.json === true) return `${JSON.stringify(report, null, 2)}\n`
  if (flags.markdown === true) return markdown(report)
  return `${inWords(report).join('\n')}\n`
}

/** The journal is bounded, so this counts the latest requests of each account. */
async function summarized(running: Running): Promise<RunReport> {
  const accounts = await seedAccounts(running)
  const tally = createTally()
  for (const entry of await journalOf(running)) {
    const explanation = tally.wantsExplanation(entry)
      ? await explanationOf(running, entry)
      : undefined
    tally.add(entry, () => explanation ?? unexplained(entry))
  }
  return reportOf(tally.counted(), { accounts, environment: process.env })
}

async function journalOf(running: Running): Promise<readonly JournalEntry[]> {
  const answer = await ask(running, 'journal')
  const read = control.readJournal.result().safeParse(answer?.body)
  if (read.success) return read.data.result
  throw new OptionProblem(`The journal of ${running.url} cannot be read (${answer?.status}).`)
}

/** Undefined if the journal has forgotten the request meanwhile. */
async function explanationOf(
  running: Running,
  { ray }: JournalEntry,
): Promise<Explanation | undefined> {
  const answer = await ask(running, 'explain', { method: 'POST', body: { ray } })
  const read = control.explain.result().safeParse(answer?.body)
  return read.success ? read.data : undefined
}

/** What the entry alone says. */
function unexplained({ verdict, reason, why, trail }: JournalEntry): Explanation {
  return {
    ...{ verdict: verdict ?? '', reason, why, trail },
    ...{ application: null, would_pass_if: [], advice: [] },
  }
}
