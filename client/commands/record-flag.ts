/** The flag `--record` of `token` and `fetch`. */
import type { Command } from 'commander'
import { type Io, type SharedFlags, targetOf } from '../cli/options.ts'
import { secretsOf } from '../support-bundle/command.ts'
import type { Target } from '../target/target.ts'

export interface RecordFlags extends SharedFlags {
  readonly record?: string
}

export function addRecord(command: Command): Command {
  return command.option(
    '--record <har>',
    'append requests and answers to this HAR, secrets redacted; access-emulator start --replay plays it back',
  )
}

/** Records failed calls too. */
export async function recorded(
  flags: RecordFlags,
  io: Io,
  work: (target: Target) => Promise<number>,
): Promise<number> {
  const target = targetOf(flags, io)
  if (flags.record === undefined) return work(target)
  const { recordTo } = await import('../support-bundle/record.ts')
  const { clock } = io
  const recorder = await recordTo(flags.record, { target, clock, secrets: secretsOf(flags, io) })
  try {
    return await work(recorder.target)
  } finally {
    await recorder.save()
  }
}
