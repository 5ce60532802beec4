/** The steps of docs/native-apps.md work, in order, under `access-emulator run`. */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { folder, has, through } from '../commands/run/run-program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'docs/native-apps.md'), 'utf8')

function blocks(language: string): string[] {
  const found = page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)
  return [...found].flatMap(([, name, body = '']) => (name === language ? [body] : []))
}

test('its steps sign a person in, and each has what the next one needs', async () => {
  if (!has('bash', 'curl', 'openssl', 'ssh-keygen')) return
  const home = await folder()
  const [open = ''] = blocks('js')
  writeFileSync(join(home, 'open.mjs'), open)
  writeFileSync(join(home, 'sign-in.sh'), blocks('sh').join('\n'))
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
  const { code, stdout, stderr } = await through(
    ['--seed', 'example', '--quiet'],
    ['bash', '-euo', 'pipefail', 'sign-in.sh'],
    { cwd: home },
  )
  expect([code, stderr]).toEqual([0, ''])
  const said = stdout.split('\n').map((line) => line.trim())
  expect(said).toEqual([
    expect.stringContaining('You are signed in'),
    expect.stringContaining('ada@example.com'),
    '200',
    expect.stringMatching(/^set-cookie: CF_Authorization=ey.*; Expires=/i),
    expect.stringContaining('open-ssh-ca@cloudflareaccess.org'),
    'Principals:',
    'ada',
    '',
  ])
})

test('its links lead somewhere, and the README leads to it', () => {
  const links = [...page.matchAll(/\]\((?!http)([^)]+)\)/g)].map(([, link = '']) => link)
  expect(links.length).toBeGreaterThan(0)
  for (const link of links) {
    const [path = '', anchor] = link.split('#')
    const text = readFileSync(join(root, 'docs', path), 'utf8')
    if (anchor !== undefined) expect(text).toContain(`### ${anchor}\n`)
  }
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('(docs/native-apps.md)')
})
