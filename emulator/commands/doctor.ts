/** `access-emulator doctor`: finds what on this machine keeps programs from reaching the emulator, and names the fix. */
import { Command } from 'commander'
import { createWorld } from '../world/world.ts'
import type { MachineFinding } from './doctor/finding.ts'
import { urlFlag } from './running.ts'

interface MachineDoctorFlags {
  readonly url: string
  readonly json?: boolean
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'find what keeps programs on this machine from reaching the emulator; exit 1 if anything does',
    )
    .addOption(urlFlag('where the emulator listens, or will listen'))
    .option('--json', 'print JSON')
    .action(examine)
}

async function examine({ url, json }: MachineDoctorFlags): Promise<void> {
  const { examineMachine } = await import('./doctor/machine.ts')
  const checks = await examineMachine({ url, environment: process.env, world: createWorld() })
  const healthy = checks.every(({ ok }) => ok)
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ healthy, checks }, null, 2)}\n`
      : `${checks.map(line).join('')}\n${healthy ? 'Nothing stands in the way.' : 'Something stands in the way.'}\n`,
  )
  process.exitCode = healthy ? 0 : 1
}

function line({ id, ok, says, fix }: MachineFinding): string {
  const head = `${ok ? 'ok ' : '!! '} ${id.padEnd(18)} ${says}\n`
  return fix === undefined ? head : `${head}${' '.repeat(23)}fix: ${fix}\n`
}
