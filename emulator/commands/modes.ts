/** `access-emulator modes`: the catalogue of failure modes. */
import { Command } from 'commander'

export function modesCommand(): Command {
  return new Command('modes').description('list the failure modes')
}
