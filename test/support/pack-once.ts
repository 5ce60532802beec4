/** Packs the package on the first request of a test file, once for all of a run: half a minute of compiler and bundler. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { type Packed, pack } from '../release/packed.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask for the packed package; `shared` in test/release/packed.ts does. */
    readonly packedAt: string
  }
}

export default async function provide(project: TestProject): Promise<() => Promise<void>> {
  let packing: Promise<Packed> | undefined
  const server = createServer(async (_, answer) => {
    packing ??= pack()
    const [status, body] = await packing.then(
      (packed) => [200, packed] as const,
      (error) => [500, String(error)] as const,
    )
    answer.writeHead(status, { connection: 'close' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  project.provide('packedAt', `http://127.0.0.1:${port}/`)
  return async () => {
    server.close()
    await packing?.then(
      (packed) => packed.remove(),
      () => {},
    )
  }
}
