/** Locks a folder for one emulator, with a lock file that names its holder. A dead holder's lock is taken over. */
import { link, readFile, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { parseObject } from '../../../contracts/declaration/json.ts'
import { codeOf } from '../../world/error-code.ts'
import { StateProblem } from '../durable-log.ts'
import { createPrivate, readPrivate } from './private-folder.ts'

interface LockHolder {
  readonly pid: number
  readonly host: string
  /** When the process started, in the kernel's units; empty if unknown. Needed because process ids are reused. */
  readonly started: string
}

/** How often, and at which interval, an empty lock file is read again: its creator may be about to write it. */
const looks = 10
const betweenLooksMs = 25

/** Resolves to the function that releases the folder. @throws StateProblem if another emulator uses it */
export async function lockFolder(path: string, holder?: LockHolder): Promise<() => Promise<void>> {
  const own = JSON.stringify(holder ?? (await self()))
  for (let attempt = 1; attempt <= looks + 10; attempt += 1) {
    if (await created(path, own)) return () => rm(path, { force: true })
    const found = (await readPrivate(path))?.toString()
    // Its holder has just released it.
    if (found === undefined) continue
    if (found === '' && attempt <= looks) {
      await setTimeout(betweenLooksMs)
      continue
    }
    const refusal = await reasonToRefuse(path, found)
    if (refusal !== undefined) throw new StateProblem(refusal)
    await removeStale(path, found)
  }
  throw new StateProblem(
    `Could not lock ${path}: others lock and release it too often. Give --state another folder.`,
  )
}

/** Creates the file together with its text. One that stays empty comes from a crash, or a disk that lost the text. */
async function created(path: string, text: string): Promise<boolean> {
  const own = besides(path)
  await writeTo(own, text)
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    // A file system without hard links.
    return await writeTo(path, text).then(
      () => true,
      (reason: unknown) => {
        if (codeOf(reason) === 'EEXIST') return false
        throw reason
      },
    )
  } finally {
    await rm(own, { force: true })
  }
}

async function writeTo(path: string, text: string): Promise<void> {
  const handle = await createPrivate(path)
  try {
    await handle.writeFile(text)
  } finally {
    await handle.close()
  }
}

let made = 0
/** A file name unique to this attempt, even if two containers share the folder. */
function besides(path: string): string {
  made += 1
  return `${path}.${hostname()}.${process.pid}.${made}`
}

async function reasonToRefuse(path: string, text: string): Promise<string | undefined> {
  if (text === '') return undefined
  const holder = holderIn(text)
  if (holder === undefined) {
    return `${path} is not readable. If no emulator uses the folder, delete it.`
  }
  if (holder.host !== hostname()) {
    return `${path} belongs to an emulator on the host ${holder.host} (process ${holder.pid}). If that one is gone, delete the file.`
  }
  if (!(await isAlive(holder))) return undefined
  return `The state folder is in use by another emulator (process ${holder.pid}, lock ${path}). Stop it, or give --state another folder.`
}

/** Removes a stale lock. If another process has replaced it with its own in the meantime, that one is put back. */
async function removeStale(path: string, seen: string): Promise<void> {
  const aside = besides(path)
  await rename(path, aside).catch(() => {})
  const moved = await readFile(aside, 'utf8').catch(() => undefined)
  if (moved !== undefined && moved !== seen) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
}

async function self(): Promise<LockHolder> {
  return { pid: process.pid, host: hostname(), started: await startOf(process.pid) }
}

async function isAlive({ pid, started }: LockHolder): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is alive, but belongs to another user.
    if (codeOf(error) !== 'EPERM') return false
  }
  return (await startOf(pid)) === started
}

/** Field 22 of Linux's `/proc/PID/stat`, counted after the name, which may contain spaces. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function holderIn(text: string): LockHolder | undefined {
  const { pid, host, started } = parseObject(text) ?? {}
  const isWhole = typeof pid === 'number' && typeof host === 'string' && typeof started === 'string'
  return isWhole ? { pid, host, started } : undefined
}
