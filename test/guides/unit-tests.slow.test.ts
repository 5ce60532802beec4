import { delimiter } from 'node:path'
import { test } from 'vitest'
import { installed, node22Folder, packages } from '../worker/running.ts'
import { testPage } from './run-page.ts'

if (installed()) {
  testPage('guides/unit-tests.md', {
    tools: ['express', 'jose', 'msw', 'nock', 'supertest', 'vitest'],
    toolsFrom: packages,
    timeout: 300_000,
    env: { PATH: `${node22Folder}${delimiter}${process.env.PATH}` },
  })
} else {
  test.skip('docs/guides/unit-tests.md does what it says')
}
