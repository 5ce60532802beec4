/** Run by example.slow.test.ts beside the example's own tests: a file with options, and an origin, of its own. */
import { createServer } from 'node:http'
import { expect, test } from 'cloudflare-access-emulator/playwright'

const origin = createServer((request, response) => {
  const isScript = request.url === '/worker.js'
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
  response.end(isScript ? 'addEventListener("fetch", () => {})' : '<h1>Wiki</h1>')
}).listen(0, '127.0.0.1')
origin.unref()
test.use({
  // Read when the worker starts: the port is known by then.
  emulatorOptions: async ({}, use) => {
    const { port } = origin.address()
    await use({ origins: { 'wiki.example.com': `http://127.0.0.1:${port}` } })
  },
})

test('the browser trusts the emulator as far as for a service worker', async ({ page, signIn }) => {
  await signIn(page, 'ada@example.com', { url: 'https://wiki.example.com/' })
  await expect(page.getByRole('heading')).toHaveText('Wiki')
  const script = () => navigator.serviceWorker.register('/worker.js').then(() => 'registered')
  expect(await page.evaluate(script)).toBe('registered')
})

test('its own server can be opened past Access', async ({ page }) => {
  const response = await page.goto(`http://127.0.0.1:${origin.address().port}/`)
  await expect(response).toBeAllowedByAccess()
})
