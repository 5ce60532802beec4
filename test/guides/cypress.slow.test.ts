/** docs/guides/cypress.md: its files under `access-emulator run`, with a stand-in for Cypress. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { folder, through } from '../commands/run/run-program.ts'
import { readPage, stepOf } from './page.ts'

const page = readPage('guides/cypress.md')
const steps = page.blocks.map((block) => stepOf(block, page.path))

test('the tasks, the command and the tests of the page do what they say', async () => {
  for (const step of steps) {
    if (step.kind !== 'not-run') continue
    console.warn(`${page.path}:${step.block.line} is not run: ${step.reason}`)
  }
  const project = await folder()
  await writeFile(join(project, 'package.json'), '{ "type": "module" }')
  for (const step of steps) {
    if (step.kind !== 'file') continue
    const path = join(project, step.file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, step.block.text)
  }
  const standIn = fileURLToPath(new URL('cypress-stand-in.mjs', import.meta.url))
  const { code, stdout, stderr } = await through(
    ['--seed', 'example', '--quiet'],
    [process.execPath, standIn, project],
  )
  expect([stderr, stdout.trim().split('\n'), code]).toEqual([
    '',
    [
      'is open to Ada',
      'sends everyone else to the login page',
      'asks Ada to sign in again after a day',
    ],
    0,
  ])
})

test('a task says why it cannot sign a person in', async () => {
  const project = await folder()
  const config = steps.find((step) => step.kind === 'file' && step.file === 'cypress.config.mjs')
  await writeFile(join(project, 'cypress.config.mjs'), config?.block.text ?? '')
  const script = `
    import config from './cypress.config.mjs'
    config.e2e.setupNodeEvents((_, { signIn, pin }) =>
      signIn({ email: 'eve@elsewhere.example', application: 'wiki.example.com' })
        .catch(async ({ message }) => console.log(message, await pin('ada@example.com'))))`
  await writeFile(join(project, 'try.mjs'), script)
  const { stdout } = await through(
    ['--seed', 'example', '--quiet'],
    [process.execPath, 'try.mjs'],
    { cwd: project },
  )
  expect(stdout).toBe('Access does not let eve@elsewhere.example in: identity_not_admitted null\n')
})
