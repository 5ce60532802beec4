// A CommonJS program: Node 20.19 and later load an ES module by require.
const { createEmulator } = require('cloudflare-access-emulator')
const { createAccessClient, targetFrom } = require('cloudflare-access-emulator/client')

async function main() {
  const emulator = await createEmulator({ seed: 'example' })
  const [pair] = emulator.account.service_tokens
  const client = createAccessClient({
    target: targetFrom({ emulator: emulator.url }),
    credentials: { client_id: pair.client_id, client_secret: pair.client_secret },
  })
  const answer = await client.fetch('https://machines.example.com/')
  console.log(answer.status)
  await emulator.close()
}
main()
