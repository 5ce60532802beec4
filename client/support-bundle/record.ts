/** Exchanges recorded to a HAR 1.2 file: redacted before they touch the disk, and kept with those already there. */
import { readFile } from 'node:fs/promises'
import { grown, ownEntries } from '../../contracts/recording/recording.ts'
import { createRedactor } from '../../contracts/recording/redact/redact.ts'
import { type Clock, systemClock } from '../clock.ts'
import { AccessUsageError } from '../errors.ts'
import { type Target, targetFrom } from '../target.ts'
import { version } from '../version.ts'
import { recording } from './recording.ts'
import { replaceFile } from './replace-file.ts'

export interface RecorderOptions {
  /** Default `targetFrom()`, which reads the environment. */
  readonly target?: Target | undefined
  readonly clock?: Clock | undefined
  /** What is secret beside what place or form tells. */
  readonly secrets?: readonly { readonly type: string; readonly value: string }[] | undefined
  /** Whether ids are redacted too. The API's answers cannot be replayed without them. */
  readonly ids?: boolean | undefined
}

export interface Recorder {
  /** For `createAccessClient` and `createApiClient`: what goes through it is recorded. */
  readonly target: Target
  /** Appends what came since the last `save`. @throws AccessUsageError where a secret survives, or nothing can be written */
  save(): Promise<void>
}

/**
 * Records to a file that only its owner can read. `access-emulator start --replay FILE` answers the same again.
 *
 * @example
 * const recorder = await recordTo('world.har')
 * const access = createAccessClient({ target: recorder.target })
 * await access.fetch('https://app.example.com/')
 * await recorder.save()
 *
 * @throws AccessUsageError where the file is there and no recording of this client
 */
export async function recordTo(file: string, options: RecorderOptions = {}): Promise<Recorder> {
  const { target = targetFrom(), clock = systemClock, secrets = [], ids = false } = options
  // Before anything is sent: an answer that cannot be kept may not come twice.
  await entriesIn(file)
  const through = recording(target.fetch, clock)
  // One for all: a value keeps its reference from one `save` to the next.
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
          what: 'The recording is not written.',
          why: `It would hold ${written.survivors.join(', ')}.`,
          todo: 'Report this with the types named; no value of them was written.',
        })
      }
      await replace(file, written.text)
      saved = until
    },
  }
}

/** Nothing where there is no file yet. What others made is not appended to: nobody knows what it holds. */
async function entriesIn(file: string): Promise<readonly unknown[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new AccessUsageError({
      what: `${file} cannot be read (${codeOf(error)}).`,
      todo: 'Name another file in --record.',
    })
  })
  if (text === undefined) return []
  const entries = ownEntries(text)
  if (entries !== undefined) return entries
  throw new AccessUsageError({
    what: `${file} is no recording of access-client.`,
    todo: 'Name another file in --record, or a new one.',
  })
}

async function replace(file: string, text: string): Promise<void> {
  try {
    await replaceFile(file, text, 0o600)
  } catch (error) {
    throw new AccessUsageError({
      what: `${file} cannot be written (${codeOf(error)}).`,
      todo: 'Name another file in --record.',
    })
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
