/** This machine as a phone sees it: its address on the network, and whether the emulator answers there. */
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { OptionProblem } from '../../world/option-problem.ts'

/** @throws OptionProblem if it has none, or several */
export function lanAddress(): string {
  const found = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, internal, address }) =>
      family === 'IPv4' && !internal ? [{ name, address }] : [],
    ),
  )
  const [first, second] = found
  if (first !== undefined && second === undefined) return first.address
  const listed = found.map(({ name, address }) => `${address} (${name})`).join(', ')
  throw new OptionProblem(
    first === undefined
      ? 'This machine has no address that a phone could reach. Connect it to a network.'
      : `Which address can the phone reach? Give --address one of ${listed}.`,
  )
}

export interface ProxyPlace {
  readonly host: string
  readonly port: number
}

/** Sends what a phone would. @throws OptionProblem if the emulator does not listen there, or refuses clients of the network */
export async function refuseUnreachable(proxy: ProxyPlace, name: string): Promise<void> {
  const answer = await askThrough(proxy, name)
  const start = 'access-emulator start --host 0.0.0.0 --proxy-clients any'
  if (answer === undefined) {
    throw new OptionProblem(
      `The emulator does not listen on ${proxy.host}:${proxy.port}, so no phone can reach it. Start it with ${start}.`,
    )
  }
  if (answer.includes('proxy_client_refused')) {
    throw new OptionProblem(
      `The emulator lets no other machine use its proxy, so no phone can reach it. Start it with ${start}.`,
    )
  }
}

/** The body of the answer for a served name; undefined if there is none. */
function askThrough({ host, port }: ProxyPlace, name: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      { host, port, path: `http://${name}/`, headers: { host: name }, timeout: 5_000 },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => {
          body += text
        })
        response.on('end', () => resolve(body))
      },
    )
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(undefined))
    asked.end()
  })
}
