/** The pages of the sign-ins by programs in a real browser: on a phone's width, light and dark, with long values. */
import { expect, test } from 'vitest'
import { folder, has } from '../../commands/run/run-program.ts'
import { openChromium } from '../login/chromium.ts'
import { clientOf, codeFor, connected, exchange, mcp, oauthWorld } from '../oauth/application.ts'
import { latestFlow } from './journal.ts'
import { seen } from './look.ts'

test('one that stopped and one that is done, and the list of both', async () => {
  if (!has('chromium')) return
  const edge = await oauthWorld()
  const tab = await openChromium({ home: await folder(), proxy: edge.emulator.url })
  await connected(edge)
  const done = await latestFlow(edge)
  const long = `https://client.example/${'callback'.repeat(40)}`
  const id = await clientOf(edge, { redirect_uris: [long] })
  const code = await codeFor(edge, id, { redirect_uri: long })
  await exchange(edge, id, code, { redirect_uri: `https://${mcp}/` })
  const stopped = await latestFlow(edge)
  const at = (path: string) => tab.open(`${edge.emulator.url}/__access/flows${path}`)
  await at(`/${stopped}`)
  const text = await seen(tab, 'flow-stopped')
  expect(text).toContain('Stopped at token: redirect_uri is not the one that the code was sent to.')
  expect(text).toContain('What to do next')
  await at(`/${done}`)
  expect(await seen(tab, 'flow-done')).toContain('Done: The client has its tokens.')
  await at('')
  expect((await seen(tab, 'flows')).match(/Managed OAuth, client/g)).toHaveLength(2)
})
