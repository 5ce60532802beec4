/** The filters that several lists share. Matching ignores case (api-filters-ignore-case). */

/** `name` and `search` of a list: each is a part of the name. */
export function named(
  name: string,
  query: { readonly name?: string | undefined; readonly search?: string | undefined },
): boolean {
  return contains(name, query.name) && contains(name, query.search)
}

/** True where nothing is wanted. */
export function contains(text: string | null | undefined, part: string | undefined): boolean {
  if (part === undefined || part === '') return true
  return (text ?? '').toLowerCase().includes(part.toLowerCase())
}
