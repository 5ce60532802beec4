/** Which program listens on a port of this machine, where the system shows it (Linux's /proc). */
import { readdir, readFile, readlink } from 'node:fs/promises'
import { isIPv4 } from 'node:net'

/** In words, such as `node (process 4711)`; undefined if it is hidden, as another user's programs are. */
export async function holderOf(host: string, port: number): Promise<string | undefined> {
  const sockets = await listening(host, port)
  if (sockets.size === 0) return undefined
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (/^\d+$/.test(pid) && (await holds(pid, sockets))) return await inWords(pid)
  }
  return undefined
}

/** `socket:[INODE]` of each socket that listens there or on every address. */
async function listening(host: string, port: number): Promise<ReadonlySet<string>> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(textOf))
  const sockets = tables.flatMap((table) =>
    table.split('\n').flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      const [address = '', hexPort = ''] = local.split(':')
      const isThere = Number.parseInt(hexPort, 16) === port && covers(address, host)
      return state === listen && isThere ? [`socket:[${inode}]`] : []
    }),
  )
  return new Set(sockets)
}

const listen = '0A'

/** The kernel writes an IPv4 address as a number in the machine's byte order: little-endian wherever Node runs. */
function covers(address: string, host: string): boolean {
  if (/^0+$/.test(address) || !isIPv4(host) || address.length > 8) return true
  return Buffer.from(address, 'hex').reverse().join('.') === host
}

async function holds(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  for (const name of await readdir(folder).catch(() => [])) {
    const target = await readlink(`${folder}/${name}`).catch(() => '')
    if (sockets.has(target)) return true
  }
  return false
}

/** Names only the program: arguments may hold secrets. */
async function inWords(pid: string): Promise<string> {
  const [program, line] = await Promise.all([
    textOf(`/proc/${pid}/comm`),
    textOf(`/proc/${pid}/cmdline`),
  ])
  const isOurs = line.split('\0').some((word) => /(^|\/)access-emulator(\.js)?$/.test(word))
  return `${isOurs ? 'another access-emulator' : program.trim()} (process ${pid})`
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
