/** What would let a refused request in: each change of the account as a button, each of the request as one to try. */
import type { Advice, AdviceChange } from '../../../contracts/control/advice.ts'
import { adviceInWords } from '../../../contracts/control/advice.ts'
import type { Explanation } from '../../../contracts/control/shapes.ts'
import type { RememberedEntry } from '../../account/journal.ts'
import { type Html, html } from '../../http/html.ts'
import { isOfAccount } from '../changes.ts'
import { call } from './call.ts'
import { addressOf, linkTo } from './parts.ts'

export function waysIn(
  { advice, would_pass_if }: Explanation,
  remembered: RememberedEntry,
  account: string | undefined,
): Html | undefined {
  if (would_pass_if.length === 0) return undefined
  const items =
    advice.length === 0
      ? would_pass_if.map((way) => html`<li>${way}</li>`)
      : advice.map(
          (each) => html`<li>${adviceInWords(each)} ${action(each, remembered, account)}</li>`,
        )
  return html`<h2>It would pass if</h2><ul>${items}</ul>`
}

function action(
  { changes, says }: Advice,
  { answered, evaluation }: RememberedEntry,
  account: string | undefined,
): Html | undefined {
  if (changes.every(isOfAccount)) {
    const application = evaluation?.application.id
    const body = { changes, ...(application === undefined ? {} : { application }) }
    const shown = { operation: 'applyChanges', query: { account }, body } as const
    return call(shown, 'Change it', { about: says })
  }
  if (changes.some(isOfAccount)) return undefined
  const asked = Object.fromEntries(changes.flatMap((change) => Object.entries(asQuery(change))))
  const address = addressOf(answered).replace(/\?.*$/s, '')
  const query = { account, url: `https://${address}`, method: answered.method, ...asked }
  return html`<a href="${linkTo('/try', query)}">Try it</a>`
}

/** A change of the request as fields of the page that tries one. */
function asQuery(change: AdviceChange): Readonly<Record<string, string>> {
  switch (change.change) {
    case 'send_from':
      return { ip: change.ip }
    case 'send_from_country':
      return { country: change.country }
    case 'present_certificate':
      return { certificate: change.common_name }
    case 'send_service_token':
      return { service_token: change.token_id }
    case 'sign_in':
      return { email: change.email, ...(change.groups && { groups: change.groups.join(', ') }) }
    default:
      return {}
  }
}
