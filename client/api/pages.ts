/** Paged lists of the API. */

/** The items of all pages, fetched as needed. */
export interface Pages<Item> extends AsyncIterable<Item> {
  /** All items at once. */
  all(): Promise<Item[]>
  /** The pages themselves. */
  pages(): AsyncIterable<Item[]>
}

interface Page {
  readonly result: unknown
  readonly info: { readonly page?: number | undefined } | undefined
}

/** Ends at an empty page, as Cloudflare's lists do (api-empty-page); without `result_info` there is only one page. */
export function createPages(ask: (page: number) => Promise<Page>, first: number): Pages<unknown> {
  async function* pages(): AsyncGenerator<unknown[]> {
    for (let number = first; ; number += 1) {
      const { result, info } = await ask(number)
      const items = Array.isArray(result) ? result : []
      // A server that returns another page than requested does not page, and would return it forever.
      const isRepeated = number !== first && info !== undefined && info.page !== number
      if (items.length === 0 || isRepeated) return
      yield items
      if (info === undefined) return
    }
  }
  async function* items(): AsyncGenerator<unknown> {
    for await (const page of pages()) yield* page
  }
  return {
    [Symbol.asyncIterator]: items,
    pages,
    all: () => collect(items()),
  }
}

async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const item of items) all.push(item)
  return all
}
