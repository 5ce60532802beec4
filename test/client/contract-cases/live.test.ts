/** The contract cases on real Cloudflare, with `ACCESS_TARGET=live` and credentials. */
import { expect, test } from 'vitest'
import { openLive } from '../../../client/conformance/live.ts'
import { conformance } from './conformance.ts'

if (process.env.ACCESS_TARGET === 'live') {
  const place = await openLive({ env: process.env })
  conformance(`real Cloudflare, ${place.profile}`, place, async () => place)
} else {
  console.info('real Cloudflare: left out, because ACCESS_TARGET is not "live"')
  test('the live target refuses to start without credentials', async () => {
    await expect(openLive({ env: {} })).rejects.toThrow('CLOUDFLARE_API_TOKEN is not set')
  })
}
