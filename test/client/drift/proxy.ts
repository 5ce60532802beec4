/** A proxy in front of an emulator's API that changes responses, as a live API may drift. */
import { type ImportedKind, type Item, kindOf } from '../../../client/import/kinds.ts'
import { isObject, parseJson } from '../../../contracts/declaration/json.ts'

type Fetch = typeof globalThis.fetch
type Changed = Readonly<Record<string, unknown>>

/** Changes a response to a GET of the API; undefined leaves it alone. */
export type Drifting = (asked: URL, answer: Response) => Promise<Response | undefined>

export function proxied(fetch: Fetch, drifting: Drifting): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    const url = new URL(input instanceof Request ? input.url : String(input))
    const isRead = (init?.method ?? 'GET') === 'GET' && url.pathname.startsWith('/client/v4/')
    return (isRead && response.ok ? await drifting(url, response.clone()) : undefined) ?? response
  }
}

/** Every object of one kind, wherever an answer has it, embedded ones too. */
export function items(kind: ImportedKind, change: (item: Item) => Changed): Drifting {
  const changed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(changed)
    if (!isObject(value)) return value
    const within = Object.fromEntries(
      Object.entries(value).map(([name, part]) => [
        name,
        name === 'policies' ? changed(part) : part,
      ]),
    )
    return kindOf(within) === kind ? change(within) : within
  }
  return envelope((body) => ({ ...body, result: changed(body.result) }))
}

export function envelope(change: (body: Changed) => Changed): Drifting {
  return async (_, answer) => {
    const { status, headers } = answer
    const body = parseJson(await answer.text())
    return isObject(body)
      ? new Response(JSON.stringify(change(body)), { status, headers })
      : undefined
  }
}

/** In place of one list. */
export function list(path: string, body: string, status: number, type: string): Drifting {
  return async ({ pathname }, { headers }) => {
    if (!pathname.endsWith(path)) return undefined
    const ray = headers.get('cf-ray') ?? ''
    return new Response(body, { status, headers: { 'content-type': type, 'cf-ray': ray } })
  }
}
