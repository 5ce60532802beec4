/**
 * Guides name fixed ports, as people do. Tests may not use them: each is replaced by a free one, and a command that would
 * look for the emulator at its usual address is told the other.
 */
import { createServer, type Server } from 'node:net'

const usual = '7788'

/** From a port on the page to a free one. */
export type Ports = ReadonlyMap<string, string>

async function listening(): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function portOf(server: Server): string {
  const address = server.address()
  return typeof address === 'object' && address !== null ? String(address.port) : ''
}

export async function freePorts(texts: readonly string[]): Promise<Ports> {
  const named = /(?:(?:127\.0\.0\.1|localhost|\[::1\]):|--port[= ]|\bPORT=|\blisten\()(\d{4,5})\b/g
  const ports = new Set(
    texts.flatMap((text) => [...text.matchAll(named)].map(([, port = '']) => port)),
  )
  const servers = await Promise.all(
    [usual, ...ports].map(async (port) => [port, await listening()] as const),
  )
  const free = new Map(servers.map(([port, server]) => [port, portOf(server)]))
  await Promise.all(servers.map(([, server]) => new Promise((resolve) => server.close(resolve))))
  return free
}

export function withPorts(text: string, ports: Ports): string {
  return [...ports].reduce(
    (so, [port, free]) => so.replaceAll(new RegExp(`(?<![\\w.])${port}(?!\\w)`, 'g'), free),
    text,
  )
}

/** A shell's lines, with the address where they leave it to the default. */
export function withAddress(script: string, ports: Ports): string {
  const url = `http://127.0.0.1:${usual}`
  const explicit = script
    .replaceAll(/\baccess-emulator (env|modes|summary|doctor|phone)\b/g, `$& --url ${url}`)
    .replaceAll(/--target emulator\b(?! --emulator)/g, `--emulator ${url}`)
  return withPorts(explicit, ports)
}

/** Where `access-emulator start` listens if its command does not say. */
export function portVariable(ports: Ports): Readonly<Record<string, string>> {
  return { ACCESS_EMULATOR_PORT: ports.get(usual) ?? '' }
}
