/**
 * V8's code cache of one file, kept below the user's cache folder. What it holds is run, so nobody else may have written
 * it. It is never needed: where it cannot be read or written, starts are slower.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { cachedDataVersionTag } from 'node:v8'

export interface CodeCache {
  /** Undefined if there is none that can be trusted. */
  read(): Buffer | undefined
  write(data: Buffer): void
}

/** A start has less than ten. Other releases and versions of Node may be in use beside this one. */
const kept = 32
const hashLength = 32

/** Undefined if the user wants none; the variables are Node's own. */
export function openCodeCache(source: Buffer, env: NodeJS.ProcessEnv): CodeCache | undefined {
  // Node reports what is covered only of functions that it has compiled itself.
  if (env.NODE_DISABLE_COMPILE_CACHE || env.NODE_V8_COVERAGE) return undefined
  const { XDG_CACHE_HOME: xdg = '' } = env
  const home = isAbsolute(xdg) ? xdg : join(homedir(), '.cache')
  const folder = join(home, 'access-emulator')
  const path = join(folder, `${nameFor(source)}.code`)
  return {
    read: () => unlessItFails(() => readTrusted(folder, path)),
    write: (data) => unlessItFails(() => write(home, folder, path, data)),
  }
}

/** Code is of one source, one V8 with its flags, and one kind of processor. */
function nameFor(source: Buffer): string {
  const made = `${process.version} ${process.arch} ${cachedDataVersionTag()}\n`
  return createHash('sha256').update(made).update(source).digest('hex').slice(0, 32)
}

function readTrusted(folder: string, path: string): Buffer | undefined {
  if (!isPrivateFolder(folder)) return undefined
  // Windows has neither flag.
  const notThroughLinks = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const file = openSync(path, constants.O_RDONLY | notThroughLinks)
  try {
    const found = fstatSync(file)
    if (!found.isFile() || !isPrivate(found)) return undefined
    const bytes = readFileSync(file)
    const data = bytes.subarray(hashLength)
    // V8 trusts what it is given: a damaged cache would crash it.
    return bytes.subarray(0, hashLength).equals(hashOf(data)) ? data : undefined
  } finally {
    closeSync(file)
  }
}

function write(home: string, folder: string, path: string, data: Buffer): void {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  // Not into the home of a user that this process only acts for, as under sudo.
  if (!isOwn(statSync(home))) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!isPrivateFolder(folder)) return
  const temporary = `${path}.${process.pid}`
  try {
    writeFileSync(temporary, Buffer.concat([hashOf(data), data]), { flag: 'wx', mode: 0o600 })
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
  removeOldest(folder)
}

function removeOldest(folder: string): void {
  const files = readdirSync(folder).map((name) => join(folder, name))
  const aged = files.map((path) => ({ path, at: lstatSync(path).mtimeMs }))
  for (const { path } of aged.sort((a, b) => b.at - a.at).slice(kept)) rmSync(path)
}

function isPrivateFolder(path: string): boolean {
  const found = lstatSync(path)
  return found.isDirectory() && isPrivate(found)
}

/** Windows has neither owners nor modes; there, a user's folders are closed to others by default. */
function isPrivate(found: Stats): boolean {
  return isOwn(found) && (process.platform === 'win32' || (found.mode & 0o077) === 0)
}

function isOwn({ uid }: Stats): boolean {
  return process.getuid === undefined || uid === process.getuid()
}

function hashOf(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}

function unlessItFails<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
