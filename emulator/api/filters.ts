/** Filters shared by several lists. Matching ignores case (api-filters-ignore-case). */

/** The filters `name` and `search`: each must be part of the name. */
export function named(
  name: string,
  query: { readonly name?: string | undefined; readonly search?: string | undefined },
): boolean {
  return contains(name, query.name) && contains(name, query.search)
}

/** Also true if `part` is empty or undefined. */
export function contains(text: string | null | undefined, part: string | undefined): boolean {
  if (part === undefined || part === '') return true
  return (text ?? '').toLowerCase().includes(part.toLowerCase())
}
