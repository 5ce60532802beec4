/** Stores logins on disk: one private file per target and application. */
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { parseJson } from '../../contracts/declaration/json.ts'
import { replaceFile } from '../cli/replace-file.ts'
import type { Environment } from '../transport/environment.ts'
import { AccessLoginError } from '../transport/errors.ts'
import { type KeptLogin, keptLogin } from './kept.ts'
import { isPrivate, makePrivate, namesIn, readPrivate } from './private-files.ts'

export interface StoredLogin {
  readonly file: string
  readonly login: KeptLogin
}

export interface LoginStore {
  /** All stored logins. @throws AccessLoginError if one of them cannot be read safely */
  all(): Promise<readonly StoredLogin[]>
  /** Undefined if it is no longer stored. */
  read(file: string): Promise<KeptLogin | undefined>
  /** Stores a login, replacing an earlier one for the same application; returns the file. */
  keep(login: KeptLogin): Promise<string>
  forget(file: string): Promise<void>
}

/** `$XDG_STATE_HOME/access-client/logins`, or the same below `~/.local/state`. */
export function loginStore(env: Environment = process.env): LoginStore {
  const { XDG_STATE_HOME: xdg } = env
  // The XDG specification requires ignoring a relative path.
  const home = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'state')
  const own = join(home, 'access-client')
  const folder = join(own, 'logins')

  async function read(file: string): Promise<KeptLogin | undefined> {
    const text = await readPrivate(file)
    if (text === undefined) return undefined
    const parsed = keptLogin().safeParse(parseJson(text))
    if (parsed.success) return parsed.data
    throw new AccessLoginError('store_unusable', {
      what: `${file} does not hold a login of this version.`,
      todo: 'Remove it, then log in again.',
    })
  }

  return {
    read,
    async all() {
      if (!(await isPrivate(own)) || !(await isPrivate(folder))) return []
      const files = (await namesIn(folder)).filter((name) => name.endsWith('.json')).sort()
      const found = await Promise.all(
        files.map(async (name) => ({
          file: join(folder, name),
          login: await read(join(folder, name)),
        })),
      )
      return found.flatMap(({ file, login }) => (login === undefined ? [] : [{ file, login }]))
    },
    async keep(login) {
      await makePrivate(own)
      await makePrivate(folder)
      const file = join(folder, nameOf(login))
      await replaceFile(file, `${JSON.stringify(login, null, 2)}\n`, 0o600)
      return file
    },
    async forget(file) {
      // The second is left over from a write that crashed.
      for (const path of [file, `${file}.next`]) await rm(path, { force: true })
    },
  }
}

/** The host, for readability, and a digest of target and application that keeps the name short. */
function nameOf({ target, origin, aud = '' }: KeptLogin): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([target, origin, aud]))
    .digest('hex')
  const host = new URL(origin).hostname.replaceAll(/[^\w.-]/g, '_').slice(0, 100)
  return `${host}-${digest.slice(0, 16)}.json`
}
