/** The file of a recording: grown by what passes, and on the disk soon after, whole or not at all. */
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { HttpExchange } from '../../contracts/recording/exchange.ts'
import { grown, ownEntries } from '../../contracts/recording/recording.ts'
import type { Redactor } from '../../contracts/recording/redact/redact.ts'
import { OptionProblem } from '../options.ts'
import { version } from '../version.ts'
import type { World } from '../world.ts'

export interface RecordFileOptions {
  readonly redactor: Redactor
  readonly world: Pick<World, 'wallNow'>
  /** It could not be written in the background; the next exchange, and the end, try again. */
  readonly failed: (error: unknown) => void
}

export interface RecordFile {
  /** Is on the disk a moment later. */
  add(exchange: HttpExchange): void
  /** Resolves once all that was added is on the disk. @throws OptionProblem where it cannot be written, or would hold a secret */
  close(): Promise<void>
}

/** Redaction looks at the whole file: after a write that took long, the next waits so many times longer. */
const restPerWork = 4

/** @throws OptionProblem where the file is there and no recording of ours, or cannot be written */
export async function openRecordFile(
  file: string,
  { redactor, world, failed }: RecordFileOptions,
): Promise<RecordFile> {
  // Before anything passes: an answer that cannot be kept may not come twice.
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
        `The recording is not written: it would hold ${next.survivors.join(', ')}. Report this with the types named; no value of them was written.`,
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

  // Whether it can be written shows now.
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

/** Nothing where there is no file yet. What others made is not appended to: nobody knows what it holds. */
async function entriesIn(file: string): Promise<readonly unknown[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return ''
    throw new OptionProblem(`${file} cannot be read (${codeOf(error)}). Name another in --out.`)
  })
  const entries = text.trim() === '' ? [] : ownEntries(text)
  if (entries !== undefined) return entries
  throw new OptionProblem(`${file} is no recording of ours. Name another in --out, or a new one.`)
}

/** A recording that is there already is not lost to a full disk. */
async function write(file: string, text: string): Promise<void> {
  const next = `${file}.next`
  try {
    await rm(next, { force: true })
    await writeFile(next, text, { mode: 0o600, flag: 'wx' })
    await chmod(next, 0o600)
    await rename(next, file)
  } catch (error) {
    throw new OptionProblem(`${file} cannot be written (${codeOf(error)}). Name another in --out.`)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
