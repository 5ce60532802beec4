/** `access-emulator behaviours`: every behaviour that can be switched, with its grade in each profile. */
import { Command } from 'commander'
import { type Behaviour, behaviours, profiles } from '../../contracts/behaviours/table.ts'

export function behavioursCommand(): Command {
  return new Command('behaviours')
    .description('list every behaviour, with its value and evidence in each profile')
    .option('--json', 'print JSON')
    .action(({ json }: { json?: boolean }) => {
      process.stdout.write(json ? `${JSON.stringify(rows(), null, 2)}\n` : table())
    })
}

function rows() {
  return Object.entries(behaviours).map(([name, behaviour]: [string, Behaviour]) => ({
    name,
    about: behaviour.about,
    values: behaviour.values,
    source: behaviour.source,
    profiles: behaviour.in,
  }))
}

function table(): string {
  const blocks = rows().map(({ name, about, values, profiles: choices }) => {
    const each = profiles
      .map((profile) => `${profile} ${choices[profile].value} (${choices[profile].evidence})`)
      .join(', ')
    return `${name}\n  ${about}\n  values: ${values.map(String).join(' | ')}\n  ${each}\n`
  })
  return `${blocks.join('\n')}\nChange one with --set NAME=VALUE, or with PUT /__access/behaviours while the emulator runs.\n`
}
