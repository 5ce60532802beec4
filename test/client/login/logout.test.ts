/** `access-client logout` deletes logins and revokes tokens where possible. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { asBearer, mcp, oauthWorld, refresh } from '../../edge/oauth/application.ts'
import { type Person, personAt, signedIn } from './command.ts'

const url = `https://${mcp}/`

async function keptBy(person: Person): Promise<Readonly<Record<string, string>>> {
  const [name = ''] = await person.kept()
  return JSON.parse(await readFile(join(person.state, 'access-client', 'logins', name), 'utf8'))
}

test('revokes the tokens and forgets the login', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  await signedIn(edge, person, url)
  const { access_token = '', refresh_token = '', client_id = '' } = await keptBy(person)
  expect(await person.run(['logout', url])).toEqual({
    code: 0,
    out: '',
    err: `The login at https://${mcp} (${edge.emulator.url}) is deleted and revoked\n`,
  })
  expect(await person.kept()).toEqual([])
  expect((await asBearer(edge, access_token)).status).toBe(401)
  expect((await refresh(edge, { id: client_id, refresh: refresh_token })).status).toBe(400)
  expect((await person.run(['logout', url])).err).toBe('There is no login to delete.\n')
})

test('--all forgets the logins at other targets too, and says which of them could not be revoked', async () => {
  const gone = await oauthWorld({ keep: true })
  const person = await personAt(gone)
  await signedIn(gone, person, url)
  await gone.emulator.close()
  const edge = await oauthWorld()
  const here = { ACCESS_EMULATOR_URL: edge.emulator.url }
  expect((await person.run(['logout'], here)).err).toBe('There is no login to delete.\n')
  const { code, out } = await person.run(['logout', '--all', '--json'], here)
  expect(code).toBe(1)
  expect(JSON.parse(out)).toEqual({
    event: 'signed_out',
    origin: `https://${mcp}`,
    target: gone.emulator.url,
    revoked: 'failed',
    why: expect.stringContaining('did not answer'),
  })
  expect(await person.kept()).toEqual([])
})
