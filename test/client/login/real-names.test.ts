/** The shipped `access-client` with the target `live`: real names, TLS and the proxy from the environment. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { openCa } from '../../../emulator/network/tls/ca.ts'
import { createWorld } from '../../../emulator/world/world.ts'
import { hosts } from '../../edge/applications.ts'
import { approved } from '../../edge/cloudflared/program.ts'
import { browser } from '../../edge/login/browser.ts'
import { ada, last, signIn } from '../../edge/login/person.ts'
import { consented, mcp, oauthWorld } from '../../edge/oauth/application.ts'
import { accessClient } from '../../support/built.ts'
import { heard } from '../../support/command.ts'
import { originOf, send } from '../proxy/serving.ts'

async function machine() {
  const state = await mkdtemp(join(tmpdir(), 'login-'))
  onTestFinished(() => rm(state, { recursive: true, force: true }))
  const origin = await originOf((_, response) => response.end('plain'))
  new WebSocketServer({ server: origin }).on('connection', (socket, { headers }) =>
    socket.send(String(headers['cf-access-authenticated-user-email'])),
  )
  const { certPem } = await openCa({ stateHome: state, world: createWorld() })
  const certificate = join(state, 'authority.pem')
  await writeFile(certificate, certPem)
  const edge = await oauthWorld({ stateHome: state, origins: { [mcp]: origin.url } })
  const env = {
    PATH: process.env.PATH,
    XDG_STATE_HOME: state,
    HTTPS_PROXY: edge.emulator.url,
    NODE_EXTRA_CA_CERTS: certificate,
  }
  return { edge, env }
}

type Env = Readonly<Record<string, string | undefined>>

function client(env: Env, ...args: readonly string[]) {
  const child = spawn(process.execPath, [accessClient, ...args, '--target', 'live'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { stdout, stderr } = heard(child)
  const ended = once(child, 'close').then(([code]) => ({ code, out: stdout(), err: stderr() }))
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text))
  return { child, ended, line: Promise.race([line, ended.then(({ err }) => err)]) }
}

test('a person signs in by OAuth, fetches, and a proxy carries their WebSocket until SIGTERM', async () => {
  const { edge, env } = await machine()
  const login = client(env, 'login', `https://${mcp}/`, '--no-browser')
  const address = await login.line
  expect(address).toMatch(/^https:\/\/team\.cloudflareaccess\.com\//)
  await fetch(await consented(edge, address))
  expect(await login.ended).toMatchObject({ code: 0, err: expect.stringContaining('Signed in') })

  expect(await client(env, 'fetch', `https://${mcp}/`).ended).toMatchObject({
    code: 0,
    out: 'plain',
  })
  const proxy = client(env, 'proxy', `https://${mcp}/`, '--json')
  const { url } = JSON.parse(await proxy.line)
  expect(await send({ port: Number(new URL(url).port) })).toMatchObject({
    status: 200,
    text: 'plain',
  })
  const socket = new WebSocket(url.replace('http', 'ws'))
  onTestFinished(() => socket.terminate())
  expect(String((await once(socket, 'message'))[0])).toBe(ada)
  proxy.child.kill('SIGTERM')
  expect(await proxy.ended).toMatchObject({ code: 0, err: '' })
})

test('a person approves as for cloudflared', async () => {
  const { edge, env } = await machine()
  const login = client(env, 'login', `https://${hosts.P}/`, '--no-browser')
  const visitor = browser(edge.emulator)
  await approved(visitor, last(await signIn(visitor, await login.line)))
  expect(await login.ended).toMatchObject({ code: 0, err: expect.stringContaining('Signed in') })
  const { out } = await client(env, 'fetch', `https://${hosts.P}/`).ended
  expect(JSON.parse(out).headers['cf-access-authenticated-user-email']).toBe(ada)
})
