/** Builds, packs and starts Postgres when the first test file asks for it, once for all files of a run. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { pack } from '../release/packed.ts'
import { startPostgres, unsynced } from '../state/postgres/server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask: `built.ts`, and those who use what is made. */
    readonly madeAt: string
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url))

async function build(): Promise<object> {
  await promisify(execFile)(process.execPath, ['build.mjs', '--quiet'], { cwd: root })
  return {}
}

/** Also answers later requests. */
function once<T>(make: () => Promise<T>) {
  let made: Promise<T> | undefined
  return {
    make: () => (made ??= make()),
    made: () => made?.catch(() => undefined),
  }
}

export default async function provide(project: TestProject): Promise<() => Promise<void>> {
  const packed = once(pack)
  // One for all tests that leave it running. Null where there is none.
  const postgres = once(async () => (await startPostgres({ settings: unsynced })) ?? null)
  const makers = new Map<string | undefined, () => Promise<object | null>>([
    ['/built', once(build).make],
    ['/packed', packed.make],
    ['/postgres', postgres.make],
  ])
  const server = createServer(async (request, answer) => {
    const make = makers.get(request.url) ?? (() => Promise.reject(new Error(`no ${request.url}`)))
    const [status, body] = await make().then(
      (made) => [200, made] as const,
      (error) => [500, String(error)] as const,
    )
    answer.writeHead(status, { connection: 'close' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  project.provide('madeAt', `http://127.0.0.1:${port}/`)
  return async () => {
    server.close()
    await (await packed.made())?.remove()
    await (await postgres.made())?.stop()
  }
}
