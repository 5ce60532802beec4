/** Reports of emulators in this process, and the command that compares them. */
import { run } from '../../../client/commands/program.ts'
import { cases } from '../../../client/conformance/cases.ts'
import { openEmulator } from '../../../client/conformance/emulator.ts'
import { makeReport, plan } from '../../../client/conformance/report.ts'
import type { ConformReport } from '../../../client/conformance/report-shape.ts'
import type { Overrides, Profile } from '../../../contracts/behaviours/table.ts'
import { createEmulator } from '../../../emulator/index.ts'

export const apiUrl = 'https://api.cloudflare.com/client/v4'

interface Reporting {
  readonly profile: Profile
  readonly behaviours?: Overrides
  /** The requested profile, if it is not the emulator's own. */
  readonly as?: Profile
  readonly only?: ReadonlySet<string>
}

export async function reportOf({
  profile,
  behaviours = {},
  as,
  only,
}: Reporting): Promise<ConformReport> {
  const emulator = await createEmulator({ profile, behaviours })
  const place = await openEmulator({ target: { fetch: emulator.fetch, apiUrl }, profile: as })
  const planned = plan(cases, place).filter(({ id }) => only?.has(id) ?? true)
  const report = await makeReport(planned, place, { nowMs: 0 })
  await place.close()
  await emulator.close()
  return report
}

/** The command line in this process. */
export async function command(
  argv: readonly string[],
  {
    env = {},
    fetch,
  }: { env?: Readonly<Record<string, string>>; fetch?: typeof globalThis.fetch } = {},
) {
  let stdout = ''
  let stderr = ''
  const code = await run(argv, {
    env,
    ...(fetch && { fetch }),
    clock: { now: () => 1_700_000_000_000, sleep: async () => {} },
    out: (text) => {
      stdout += text
    },
    err: (text) => {
      stderr += text
    },
  })
  return { code, stdout, stderr }
}
