/** What Access refused during a test, as text to attach to a failed one. */
import type { Emulator } from '../../instance/emulator.ts'
import { explainedText } from '../../instance/refusal-causes.ts'

/** A test that fails has rarely more to look at. */
const most = 20

/** The last refusals, oldest first; undefined if there were none. */
export async function refusalsIn({ accounts, control }: Emulator): Promise<string | undefined> {
  const texts: string[] = []
  for (const { id } of accounts()) {
    const query = { account: id }
    const { result } = await control.readJournal({ query })
    const refused = result.filter(({ verdict }) => verdict === 'deny' || verdict === 'login')
    for (const entry of refused.slice(-most)) {
      const explanation = await control.explain({ query, body: { ray: entry.ray } })
      texts.push(explainedText({ entry, explanation }))
    }
  }
  return texts.length === 0 ? undefined : `${texts.join('\n\n')}\n`
}
