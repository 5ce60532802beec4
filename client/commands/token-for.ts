/** Gets a token for a URL, with its AUD tag looked up. */

import { lookUpAud } from '../api/aud-lookup.ts'
import { differs, driftWords } from '../api/drift.ts'
import type { Settings, SharedFlags } from '../cli/options.ts'
import { AccessEdgeError } from '../edge/edge-error.ts'
import { applicationUrl } from '../target/target.ts'
import type { TokenResult } from '../token/token.ts'

/** Looks the AUD tag up if it turns out to be needed, and the account and API token are known. */
export async function tokenFor(
  url: string,
  options: { readonly flags: SharedFlags; readonly settings: Settings; readonly probe: boolean },
): Promise<TokenResult> {
  const { flags, settings, probe } = options
  const { client, api, target, note } = settings
  const address = applicationUrl(url, target)
  const { aud, team, strategy } = flags
  const lookUp = async () => {
    if (api === undefined) return undefined
    const { aud: found, drift } = await lookUpAud(api, address)
    for (const each of drift.filter(differs)) note(driftWords(each))
    return found
  }
  const isNeeded = team !== undefined && aud === undefined && strategy !== 'headers'
  try {
    return await client.getToken(address, { aud: isNeeded ? await lookUp() : aud, probe })
  } catch (error) {
    const wantsAud = error instanceof AccessEdgeError && error.code === 'aud_refused'
    const found = wantsAud && aud === undefined && !isNeeded ? await lookUp() : undefined
    if (found === undefined) throw error
    return await client.getToken(address, { aud: found, probe })
  }
}
