/** The contents of `dist` match what package.json promises. */
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import './support/built.ts'

const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const promised = [
  ...readFileSync(root('package.json'), 'utf8').matchAll(/dist\/(?!types)([\w-]+\.js)/g),
].map(([path]) => path)

const sources: Readonly<Record<string, string>> = {
  'dist/access-emulator.js': 'emulator/commands/boot/boot.ts',
  'dist/access-client.js': 'emulator/commands/boot/boot.ts',
  'dist/index.js': 'emulator/index.ts',
  'dist/contracts.js': 'contracts/index.ts',
  'dist/client.js': 'client/index.ts',
  'dist/miniflare.js': 'client/miniflare.ts',
  'dist/vitest.js': 'emulator/testing/vitest.ts',
  'dist/playwright.js': 'emulator/testing/playwright.ts',
}

test('every entry and command of package.json has a source that the build knows', () => {
  expect([...new Set(promised)].sort()).toEqual(Object.keys(sources).sort())
})

const written = Object.entries(sources).filter(([, source]) => existsSync(root(source)))

test.each(written)('%s is built from %s', (output) => {
  expect(existsSync(root(output))).toBe(true)
})

test.each(written.filter(([, source]) => source.endsWith('/boot.ts')))(
  '%s can be started as a program and carries the licences of what it bundles',
  (output) => {
    accessSync(root(output), constants.X_OK)
    expect(readFileSync(root(output), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    expect(readFileSync(root('dist/third-party-licences.txt'), 'utf8')).toMatch(/^zod \d/m)
  },
)

test('a command imports nothing by an expression: Node would warn that a script’s loader is experimental', () => {
  const folder = root('dist/command')
  const files = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
  expect(files.length).toBeGreaterThan(10)
  expect(files.filter((code) => /\bimport\([`"']/.test(code))).toEqual([])
})
