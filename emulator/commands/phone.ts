/** `access-emulator phone`: lets a phone on the same network reach a running emulator at the real names. */
import { Command } from 'commander'
import { codeOf } from '../world/error-code.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { type AdminTokenFlags, adminTokenOf, withAdminToken } from './admin-token.ts'
import { namesOf, rootFor } from './ca.ts'
import { lanAddress, refuseUnreachable } from './phone/network.ts'
import { servePhone } from './phone/server.ts'
import { addressOf, seedAccounts, urlFlag } from './running.ts'
import { readPort } from './start-flags.ts'

interface PhoneFlags extends AdminTokenFlags {
  readonly url: string
  readonly address?: string
  readonly port: string
  readonly json?: boolean
}

export function phoneCommand(): Command {
  return withAdminToken(new Command('phone'))
    .description(
      'serve a phone on the same network what it needs to reach a running emulator: a page by QR code, the certificate, the proxy settings',
    )
    .addOption(urlFlag('the emulator to reach'))
    .option('--address <ip>', "this machine's address on that network")
    .option('--port <n>', 'port of the page and the proxy settings, 0 for any', '7789')
    .option('--json', 'print one line of JSON instead of the QR code')
    .action(show)
}

async function show(flags: PhoneFlags): Promise<void> {
  const running = { url: flags.url, adminToken: adminTokenOf(flags) }
  const names = namesOf(await seedAccounts(running))
  const address = flags.address ?? lanAddress()
  const { port: proxyPort } = addressOf(flags.url)
  const proxy = { host: address, port: Number(proxyPort || 80) }
  await refuseUnreachable(proxy, names[0] ?? '')
  const { certPath, fingerprint256, names: covered } = await rootFor(names)
  const served = await servePhone(
    { proxy, certPath, fingerprint256, names: covered },
    { address, port: readPort(flags.port) },
  ).catch((error: unknown) => {
    const code = codeOf(error)
    if (code === undefined) throw error
    throw new OptionProblem(
      `Cannot listen on ${address}:${flags.port} (${code}). Choose another --address or --port.`,
    )
  })
  const stop = async () => {
    await served.close()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  if (flags.json === true) {
    const line = {
      ...{ event: 'ready', url: served.url, proxy: `${proxy.host}:${proxy.port}` },
      ...{ pac: `${served.url}proxy.pac`, certificate: `${served.url}certificate.crt` },
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
    return
  }
  process.stdout.write(await phoneText(served.url, process.stdout.isTTY))
}

/** What the terminal shows: a QR code of the page, and its address to type. */
async function phoneText(url: string, isTerminal: boolean): Promise<string> {
  const { renderANSI, renderUnicodeCompact } = await import('uqr')
  // Without colours, a light module is the terminal's own foreground: right where that is light, as it mostly is.
  const code = isTerminal
    ? renderANSI(url, { border: 2 })
    : renderUnicodeCompact(url, { border: 2 })
  return `${code}
Scan it with the phone, or open ${url}
It has the certificate to trust, the proxy settings, and the steps for iOS and Android. Everyone on this network can read it;
it has no secret. Leave this running, for the phone reads its proxy settings anew from time to time; stop it with Ctrl-C.
`
}
