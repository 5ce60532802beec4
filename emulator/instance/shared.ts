/** An emulator that strangers use side by side: what its options must say, and whom it believes. */
import type { IncomingMessage } from 'node:http'
import { holderOfToken, type TokenIssuers } from '../account/admin-tokens.ts'
import type { Controlled } from '../control/context.ts'
import { type Describes, describingTokenHeader } from '../http/client-address.ts'
import { headerIn } from '../http/routes.ts'
import { OptionProblem } from '../world/option-problem.ts'
import type { EmulatorOptions } from './options.ts'

/** @throws OptionProblem */
export function refuseContradictions(options: EmulatorOptions): void {
  const { shared = false, publicSecrets = false, adminToken, passthrough = [] } = options
  if (!shared) {
    if (publicSecrets) {
      throw new OptionProblem('publicSecrets is for a shared emulator: others have them anyway.')
    }
    return
  }
  if (adminToken === undefined || adminToken === '') {
    throw new OptionProblem('A shared emulator needs an adminToken, which makes its accounts.')
  }
  if (passthrough.length > 0 && options.proxyClients !== 'any') {
    throw new OptionProblem(
      'A shared emulator cannot tell clients on this machine from those behind a balancer. With passthrough, set proxyClients to any if anybody may use the HTTP proxy.',
    )
  }
}

/** Whose clients a request may describe: its token decides, for its address may be that of a balancer. */
export function describesBy({
  adminToken,
  everyAccount,
}: Pick<Controlled, 'adminToken' | 'everyAccount'>): (request: IncomingMessage) => Describes {
  const issuers: TokenIssuers = { adminToken, accounts: everyAccount }
  return (request) => {
    const token = headerIn(request, describingTokenHeader)
    const holder = token === undefined ? undefined : holderOfToken(token, issuers)
    if (holder === undefined) return 'none'
    return holder === 'emulator' ? 'any' : { id: holder.id }
  }
}
