import { delimiter } from 'node:path'
import { test } from 'vitest'
import { installed, node22Folder, packages } from '../worker/running.ts'
import { testPage } from './run-page.ts'

if (installed()) {
  testPage('guides/worker.md', {
    tools: [
      '@cloudflare/vitest-pool-workers',
      'esbuild',
      'jose',
      'miniflare',
      'vitest',
      'wrangler',
    ],
    toolsFrom: packages,
    timeout: 300_000,
    env: {
      PATH: `${node22Folder}${delimiter}${process.env.PATH}`,
      WRANGLER_SEND_METRICS: 'false',
    },
  })
} else {
  test.skip('docs/guides/worker.md does what it says')
}
