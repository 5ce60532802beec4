/** An emulator in this process with so many applications, more than one snapshot over HTTP may hold. */
import { multiplied } from '../seeds.mjs'

const [entry, size] = process.argv.slice(2)
const { createEmulator } = await import(entry)
const emulator = await createEmulator({ seed: 'example' })
const snapshot = await emulator.control.getState()
await emulator.control.putState({ body: multiplied(snapshot, Number(size)) })
const { url, account } = emulator
process.stdout.write(
  `${JSON.stringify({ size, url, account_id: account.id, api_token: account.api_token })}\n`,
)
process.once('SIGTERM', () => process.exit(0))
