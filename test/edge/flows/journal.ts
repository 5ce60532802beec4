/** What the journal and the pages say of a flow. */
import type { EdgeFixture } from '../applications.ts'

export async function entries(
  { emulator }: EdgeFixture,
  query: Readonly<Record<string, string>> = {},
) {
  const { result } = await emulator.control.readJournal({ query })
  return result
}

/** The id of the flow of the latest request that is part of one. */
export async function latestFlow(edge: EdgeFixture): Promise<string> {
  return (await entries(edge)).findLast(({ flow }) => flow !== undefined)?.flow?.id ?? 'none'
}

export async function steps(edge: EdgeFixture, flow: string) {
  return (await entries(edge, { flow })).map((entry) => `${entry.flow?.step} ${entry.status}`)
}

export async function page({ emulator }: EdgeFixture, path: string) {
  const answer = await fetch(`${emulator.url}/__access${path}`)
  return { status: answer.status, text: await answer.text() }
}
