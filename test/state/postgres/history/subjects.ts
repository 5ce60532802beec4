/** What the clients work on: accounts with a few named objects, each a register, and their collections of groups. */
export interface Subject {
  readonly key: string
  readonly path: string
  readonly token: string
  readonly body: Readonly<Record<string, unknown>>
}

/** The groups of an account. */
export interface Collection {
  readonly key: string
  readonly path: string
  readonly token: string
}

export interface Subjects {
  readonly registers: readonly [Subject, ...Subject[]]
  readonly collections: readonly [Collection, ...Collection[]]
  /** The register that an id belongs to, where it is that of one. */
  readonly byId: ReadonlyMap<string, Subject>
  readonly initial: Readonly<Record<string, string>>
}

const everyone = { include: [{ everyone: {} }] }
const kinds = [
  { path: 'access/groups', body: everyone },
  { path: 'access/groups', body: everyone },
  { path: 'access/policies', body: { ...everyone, decision: 'allow' } },
  { path: 'access/service_tokens', body: {} },
]

async function made<T>(url: string, body: unknown, token?: string): Promise<T> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`POST ${url}: ${answer.status} ${text}`)
  return JSON.parse(text) as T
}

export async function createSubjects(url: string, accounts: number): Promise<Subjects> {
  const registers: Subject[] = []
  const collections: Collection[] = []
  const byId = new Map<string, Subject>()
  const initial: Record<string, string> = {}
  for (let index = 1; index <= accounts; index += 1) {
    const { id, api_token: token } = await made<{ id: string; api_token: string }>(
      `${url}/__access/accounts`,
      { name: `History ${index}` },
    )
    const root = `/client/v4/accounts/${id}`
    collections.push({ key: `groups of account ${index}`, path: `${root}/access/groups`, token })
    for (const [place, { path, body }] of kinds.entries()) {
      const key = `${path} ${place + 1} of account ${index}`
      const name = `first of ${key}`
      const object = { ...body, name }
      const { result } = await made<{ result: { id: string } }>(
        `${url}${root}/${path}`,
        object,
        token,
      )
      const subject = { key, path: `${root}/${path}/${result.id}`, token, body }
      registers.push(subject)
      byId.set(result.id, subject)
      initial[key] = name
    }
  }
  const [register, ...others] = registers
  const [collection, ...rest] = collections
  if (register === undefined || collection === undefined) throw new Error('There is no account.')
  return { registers: [register, ...others], collections: [collection, ...rest], byId, initial }
}
