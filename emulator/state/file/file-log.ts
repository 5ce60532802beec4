/** A durable log of changes in a folder: JSON lines with one writer, on disk before a write is acknowledged. */
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DurableLog, Reports } from '../durable-log.ts'
import { heeded, type LogRecord } from '../log.ts'
import { createLogSink } from '../log-sink.ts'
import {
  CorruptLine,
  type LogHeader,
  logVersion,
  NewerLog,
  type Replayed,
  replay,
} from '../replay.ts'
import { lockFolder } from './folder-lock.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'
import {
  createPrivate,
  FolderProblem,
  makePrivate,
  readPrivate,
  writePrivate,
} from './private-folder.ts'

/** @throws FolderProblem if the folder cannot be used, another emulator uses it, or its log is corrupt */
export async function openFileLog(folder: string, reports: Reports): Promise<DurableLog> {
  const path = join(folder, 'changes.jsonl')
  const unlock = await usable(folder, async () => {
    await makePrivate(folder)
    return lockFolder(join(folder, 'lock'))
  })
  const found = await readLog(path).catch(async (error) => {
    await unlock()
    throw error
  })
  if (found?.torn !== undefined) {
    reports.warn(`${path}:${found.torn}: a crash truncated this last line; it is ignored.`)
  }
  let writer: GroupCommit | undefined
  return {
    found,
    async begin({ release, entropy, seed }, records) {
      await usable(folder, async () => {
        const header = { access_emulator_log: logVersion, release, entropy, seed }
        await replaceFile(folder, path, [header, ...records])
        const sink = await createLogSink(await writePrivate(path))
        writer = createGroupCommit(sink, reports.failed)
      })
    },
    refuses: () => writer?.failure() !== undefined,
    append: (record) => (writer === undefined ? undefined : heeded(writer.append(lineOf(record)))),
    async close() {
      await writer?.close()
      await unlock()
    },
  }
}

async function readLog(path: string): Promise<Replayed | undefined> {
  try {
    const log = await readPrivate(path)
    return log === undefined ? undefined : replay(log)
  } catch (error) {
    if (error instanceof FolderProblem) throw error
    if (error instanceof NewerLog) {
      const advice = 'Start that release or a newer one, or give --state a new folder.'
      throw new FolderProblem(`${path}: ${error.message}. ${advice}`)
    }
    if (error instanceof CorruptLine) {
      const advice = 'Repair the file, or move it away to start from the seed.'
      throw new FolderProblem(`${path}:${error.line}: ${error.message}. ${advice}`)
    }
    throw new FolderProblem(`${path} cannot be read (${codeOf(error) ?? error}).`)
  }
}

/** Atomic: after a crash, there is either the old file or the new one. */
async function replaceFile(
  folder: string,
  path: string,
  records: readonly (LogHeader | LogRecord)[],
): Promise<void> {
  const temporary = `${path}.new`
  // A crash may have left one behind.
  await rm(temporary, { force: true })
  const file = await createPrivate(temporary)
  try {
    for (const record of records) await file.appendFile(lineOf(record))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  const directory = await open(folder, 'r')
  // Some systems cannot sync a directory; there, the rename alone must do.
  await directory.sync().catch(() => {})
  await directory.close()
}

function lineOf(record: LogHeader | LogRecord): string {
  return `${JSON.stringify(record)}\n`
}

async function usable<T>(folder: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (error instanceof FolderProblem) throw error
    const code = codeOf(error)
    if (code === undefined) throw error
    throw new FolderProblem(
      `Cannot keep the state in ${folder} (${code}). Give --state a writable folder.`,
    )
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
