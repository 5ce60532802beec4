/** A real cloudflared, where one is on the PATH, under `access-emulator run`: it knows nothing of the emulator. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { folder, has, through } from '../run/through.ts'

const person = fileURLToPath(new URL('person.mjs', import.meta.url))
const ada = 'ada@example.com'
const wiki = 'https://wiki.example.com'

const results = z.array(
  z.object({
    code: z.number().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    pages: z.array(z.string()),
  }),
)

/** Commands of cloudflared, one after the other, with a home that is empty at first. */
async function signedInBy(flags: readonly string[], ...commands: readonly (readonly string[])[]) {
  const words = commands.flatMap((command) => ['--', 'access', ...command])
  const node = [process.execPath, person, 'cloudflared', await folder(), ada, ...words]
  const { stdout, stderr } = await through([...flags, '--quiet'], node)
  const read = results.safeParse(JSON.parse(stdout || 'null'))
  if (!read.success) throw new Error(stderr)
  return read.data
}

test('login, token and curl, and a second address without a browser', async () => {
  if (!has('cloudflared', 'curl')) return
  const [login, token, curl] = await signedInBy(
    [],
    ['login', `${wiki}/pages?id=7`],
    ['token', '-app', `${wiki}/pages`],
    ['curl', `${wiki}/other`, '-sS'],
  )
  expect(login).toMatchObject({
    code: 0,
    pages: [
      'Sign in to People and machines',
      'Sign in to People and machines',
      'Let a program sign in as you?',
      'You are signed in',
    ],
  })
  const jwt = /Successfully fetched your token:\n\n(\S+)\n/.exec(login?.stdout ?? '')?.[1]
  expect(token).toMatchObject({ code: 0, stdout: jwt, pages: [] })
  expect(curl).toMatchObject({ code: 0, pages: [] })
  expect(JSON.parse(curl?.stdout ?? '')).toMatchObject({
    path: '/other',
    headers: { 'cf-access-authenticated-user-email': ada },
  })
})
