/** A durable log of changes in a folder: JSON lines with one writer, on disk before a write is acknowledged. */
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../../world/error-code.ts'
import { type DurableLog, orStateProblem, type Reports, readLog } from '../durable-log.ts'
import { heeded, type LogRecord } from '../log.ts'
import { type LogHeader, logVersion, type Replayed } from '../replay.ts'
import { lockFolder } from './folder-lock.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'
import { createLogSink } from './log-sink.ts'
import { createPrivate, makePrivate, readPrivate, writePrivate } from './private-folder.ts'

/** @throws StateProblem if the folder cannot be used, another emulator uses it, or its log is corrupt */
export async function openFileLog(folder: string, reports: Reports): Promise<DurableLog> {
  const path = join(folder, 'changes.jsonl')
  const unlock = await usable(folder, async () => {
    await makePrivate(folder)
    return lockFolder(join(folder, 'lock'))
  })
  const found = await logIn(path).catch(async (error) => {
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

function logIn(path: string): Promise<Replayed | undefined> {
  const read = async () => {
    const log = await readPrivate(path)
    if (log === undefined) return undefined
    return readLog(log, {
      name: path,
      lineAt: (line) => `${path}:${line}`,
      another: 'a new folder',
      repair: 'Repair the file, or move it away to start from the seed.',
    })
  }
  return orStateProblem(read, (error) => `${path} cannot be read (${codeOf(error) ?? error}).`)
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

function usable<T>(folder: string, use: () => Promise<T>): Promise<T> {
  return orStateProblem(use, (error) => {
    const code = codeOf(error)
    if (code === undefined) return undefined
    return `Cannot keep the state in ${folder} (${code}). Give --state a writable folder.`
  })
}
