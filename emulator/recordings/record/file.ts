/** The file of a recording: exchanges are appended, and written to disk soon after, atomically. */
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { HttpExchange } from '../../../contracts/recording/exchange.ts'
import { grown, ownEntries } from '../../../contracts/recording/recording.ts'
import type { Redactor } from '../../../contracts/recording/redact/redact.ts'
import { codeOf } from '../../world/error-code.ts'
import { OptionProblem } from '../../world/option-problem.ts'
import { version } from '../../world/version.ts'
import type { World } from '../../world/world.ts'

export interface RecordFileOptions {
  readonly redactor: Redactor
  readonly world: Pick<World, 'wallNow'>
  /** Called if a background write fails; the next exchange and the end try again. */
  readonly failed: (error: unknown) => void
}

export interface RecordFile {
  /** Written to disk a moment later. */
  add(exchange: HttpExchange): void
  /** Resolves once everything is on disk. @throws OptionProblem if it cannot be written, or would contain a secret */
  close(): Promise<void>
}

/** Redaction processes the whole file: the pause after a write is this many times as long as the write took. */
const restPerWork = 4

/** @throws OptionProblem if the file exists but is not a recording of ours, or cannot be written */
export async function openRecordFile(
  file: string,
  { redactor, world, failed }: RecordFileOptions,
): Promise<RecordFile> {
  // Read before anything passes: an answer that cannot be kept may not come a second time.
  let entries = await entriesIn(file)
  let waiting: HttpExchange[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let restMs = 0

  const writeAll = async () => {
    const startedMs = world.wallNow()
    const exchanges = waiting
    const creator = { name: 'access-emulator', version } as const
    const next = grown({ before: entries, exchanges, redactor, creator })
    if ('survivors' in next) {
      throw new OptionProblem(
        `The recording was not written: it would contain secrets of type ${next.survivors.join(', ')}. Please report this, naming the types; none of their values was written.`,
      )
    }
    await write(file, next.text)
    entries = next.entries
    waiting = waiting.slice(exchanges.length)
    restMs = (world.wallNow() - startedMs) * restPerWork
  }
  const writeLater = () => {
    if (timer !== undefined || writing !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      writing = writeAll().then(
        () => {
          writing = undefined
          if (waiting.length > 0) writeLater()
        },
        (error: unknown) => {
          writing = undefined
          failed(error)
        },
      )
    }, restMs)
  }

  // Fails now if the file cannot be written.
  await writeAll()
  return {
    add(exchange) {
      waiting = [...waiting, exchange]
      writeLater()
    },
    async close() {
      clearTimeout(timer)
      await writing
      clearTimeout(timer)
      if (waiting.length > 0) await writeAll()
    },
  }
}

/** Empty if there is no file yet. Files of other programs are refused: they may contain secrets. */
async function entriesIn(file: string): Promise<readonly unknown[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return ''
    throw new OptionProblem(
      `${file} cannot be read (${codeOf(error) ?? error}). Choose another --out.`,
    )
  })
  const entries = text.trim() === '' ? [] : ownEntries(text)
  if (entries !== undefined) return entries
  throw new OptionProblem(
    `${file} is not a recording of access-emulator. Choose another --out, or a new file.`,
  )
}

/** Writes to a temporary file first, so that a full disk does not destroy an existing recording. */
async function write(file: string, text: string): Promise<void> {
  const next = `${file}.next`
  try {
    await rm(next, { force: true })
    await writeFile(next, text, { mode: 0o600, flag: 'wx' })
    await chmod(next, 0o600)
    await rename(next, file)
  } catch (error) {
    throw new OptionProblem(
      `${file} cannot be written (${codeOf(error) ?? error}). Choose another --out.`,
    )
  }
}
