/** docs/environment.md names every variable that `run` and `env` set. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { environmentFor } from '../../emulator/commands/environment.ts'

const page = readFileSync(new URL('../../docs/environment.md', import.meta.url), 'utf8')

test('every variable that is set has its row', () => {
  const tls = { bundle: 'b', extra: 'e', javaTrustStore: 'j' }
  const files = { ...tls, curlHome: 'c', wgetrc: 'w', phpIni: 'p', parent: 'f' }
  const way = { url: 'http://127.0.0.1:1', files, preload: 'p' }
  const change = environmentFor({ PIP_CERT: 'x' }, { ...way, account: undefined, keepEnv: false })
  const named = Object.keys(change).filter((name) => name === name.toUpperCase())
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})
