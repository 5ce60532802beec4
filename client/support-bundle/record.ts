/** Records exchanges to a HAR 1.2 file: redacted before they reach the disk, appended to those already there. */
import { readFile } from 'node:fs/promises'
import { grown, ownEntries } from '../../contracts/recording/recording.ts'
import { createRedactor } from '../../contracts/recording/redact/redact.ts'
import { replaceFile } from '../cli/replace-file.ts'
import { type Target, targetFrom } from '../target/target.ts'
import { type Clock, systemClock } from '../transport/clock.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { version } from '../transport/version.ts'
import { recording } from './recording.ts'

export interface RecorderOptions {
  /** Default `targetFrom()`, which reads the environment. */
  readonly target?: Target | undefined
  readonly clock?: Clock | undefined
  /** Further secrets, in addition to those recognised by their place or form. */
  readonly secrets?: readonly { readonly type: string; readonly value: string }[] | undefined
  /** Whether to redact ids too; API answers cannot be replayed without ids. */
  readonly ids?: boolean | undefined
}

export interface Recorder {
  /** Pass this to `createAccessClient` or `createApiClient`; everything that goes through it is recorded. */
  readonly target: Target
  /**
   * Appends the exchanges since the last `save` to the file.
   * @throws AccessUsageError if a secret would remain in it, or the file cannot be written
   */
  save(): Promise<void>
}

/**
 * Records exchanges to a file that only its owner can read. `access-emulator start --replay FILE` plays it back.
 *
 * @example
 * const recorder = await recordTo('world.har')
 * const access = createAccessClient({ target: recorder.target })
 * await access.fetch('https://app.example.com/')
 * await recorder.save()
 *
 * @throws AccessUsageError if the file exists but is not a recording of this client
 */
export async function recordTo(file: string, options: RecorderOptions = {}): Promise<Recorder> {
  const { target = targetFrom(), clock = systemClock, secrets = [], ids = false } = options
  // Read the file before anything is sent: an answer that cannot be saved may not be obtainable again.
  await entriesIn(file)
  const through = recording(target.fetch, clock)
  // One redactor for all: a value keeps its reference from one `save` to the next.
  const redactor = createRedactor({ ids })
  for (const { type, value } of secrets) redactor.know(type, value)
  let saved = 0
  through.about('recorded')

  return {
    target: { ...target, fetch: through.fetch },
    async save() {
      const until = through.exchanges.length
      const fresh = through.exchanges.slice(saved, until)
      if (fresh.length === 0) return
      const before = await entriesIn(file)
      const creator = { name: 'access-client', version } as const
      const written = grown({ before, exchanges: fresh, redactor, creator })
      if ('survivors' in written) {
        throw new AccessUsageError({
          what: 'The recording was not written.',
          why: `It would contain ${written.survivors.join(', ')}.`,
          todo: 'Report this along with the types listed; none of their values was written.',
        })
      }
      await replace(file, written.text)
      saved = until
    },
  }
}

/** The entries so far; none if there is no file yet. Other tools' files are not extended: they may contain anything. */
async function entriesIn(file: string): Promise<readonly unknown[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new AccessUsageError({
      what: `${file} cannot be read (${codeOf(error)}).`,
      todo: 'Choose another file with --record.',
    })
  })
  if (text === undefined) return []
  const entries = ownEntries(text)
  if (entries !== undefined) return entries
  throw new AccessUsageError({
    what: `${file} is not a recording of access-client.`,
    todo: 'Choose another or a new file with --record.',
  })
}

async function replace(file: string, text: string): Promise<void> {
  try {
    await replaceFile(file, text, 0o600)
  } catch (error) {
    throw new AccessUsageError({
      what: `${file} cannot be written (${codeOf(error)}).`,
      todo: 'Choose another file with --record.',
    })
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
