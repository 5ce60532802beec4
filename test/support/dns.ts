/** DNS records for an emulator in a test: makes every name in its first zone exist. */
import type { Emulator } from '../../emulator/index.ts'

export async function proxyEveryName({ account, fetch, url }: Emulator): Promise<void> {
  const answer = await fetch(`${url}/client/v4/zones/${account.zones[0]?.id}/dns_records`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.api_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'AAAA', name: '*', content: '100::', proxied: true }),
  })
  if (!answer.ok) throw new Error(await answer.text())
}
