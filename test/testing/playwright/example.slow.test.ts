/** The example project for Playwright, run as its reader would, with the packed package and more tests beside its own. */
import { execFile } from 'node:child_process'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, inject, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { freePorts } from '../../guides/ports.ts'
import { consumer, shared } from '../../release/packed.ts'
import { chromiumHere } from './chromium.ts'

const attachment = z.object({ name: z.string(), body: z.string().optional() })
const spec = z.object({
  title: z.string(),
  ok: z.boolean(),
  tests: z.array(z.object({ results: z.array(z.object({ attachments: z.array(attachment) })) })),
})
interface Suite {
  readonly specs: readonly z.output<typeof spec>[]
  readonly suites?: readonly Suite[] | undefined
}
const suite: z.ZodType<Suite> = z.lazy(() =>
  z.object({ specs: z.array(spec), suites: z.array(suite).optional() }),
)
const report = z.object({ suites: z.array(suite) })

const specsIn = ({ specs, suites = [] }: Suite): readonly z.output<typeof spec>[] => [
  ...specs,
  ...suites.flatMap(specsIn),
]

test('the example passes, and each test is alone with its emulator', {
  timeout: 300_000,
}, async ({ skip }) => {
  const chromium = chromiumHere('docs/examples/playwright')
  skip(chromium === undefined)
  const packed = await shared(inject('madeAt'))
  const project = await consumer(packed, 'docs/examples/playwright', ['@playwright/test'])
  onTestFinished(() => project.remove())
  for (const more of ['more.spec.mjs', 'origin.spec.mjs']) {
    await copyFile(fileURLToPath(new URL(more, import.meta.url)), join(project.path, more))
  }
  const [port = ''] = [...(await freePorts(['localhost:3000'])).values()].slice(1)
  const env = {
    ...{ PATH: process.env.PATH, HOME: project.path, NO_COLOR: '1', PORT: port },
    ...{ CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: 'report.json' },
  }
  const printed = await new Promise<string>((resolve) => {
    const child = execFile(
      process.execPath,
      ['node_modules/.bin/playwright', 'test', '--reporter=json,line'],
      { cwd: project.path, env },
      (_, stdout, stderr) => resolve(stdout + stderr),
    )
    // It ends the server that it has started.
    onTestFinished(() => {
      if (child.exitCode === null) child.kill('SIGINT')
    })
  })
  const text = await readFile(join(project.path, 'report.json'), 'utf8').catch(() => printed)
  const specs = report.parse(JSON.parse(text)).suites.flatMap(specsIn)
  expect(specs.length, text).toBe(17)
  const failed = specs.filter(({ ok }) => !ok)
  expect(
    failed.map(({ title }) => title),
    printed,
  ).toEqual(['fails, and shows why'])
  const [why] = failed.flatMap(({ tests }) =>
    tests.flatMap(({ results }) => results.flatMap(({ attachments }) => attachments)),
  )
  expect(why?.name).toBe('what Access refused, and why')
  expect(Buffer.from(why?.body ?? '', 'base64').toString()).toMatch(
    /^GET https:\/\/notes\.example\.com\/ was answered 302 .*\nVerdict: login[\s\S]*It would pass if you sign in/,
  )
})
