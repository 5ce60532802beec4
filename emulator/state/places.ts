/** Where a durable state is: a folder, or a database. */

export function isDatabase(place: string): boolean {
  return /^postgres(?:ql)?:/i.test(place)
}

/** A place as messages name it: without user, password and parameters. */
export function namedPlace(place: string): string {
  if (!isDatabase(place)) return place
  const { host, path, parameters } = partsOf(place)
  return `postgres://${host === '' ? (parameters.get('host') ?? '') : host}${path}`
}

/** Whether a place says a password, which everyone on the machine can read in a list of processes. */
export function hasPassword(place: string): boolean {
  if (!isDatabase(place)) return false
  const { user, parameters } = partsOf(place)
  return user.includes(':') || parameters.has('password')
}

/** Not by `URL`, which refuses a user without a host: the host may be a parameter, or a variable. */
function partsOf(place: string) {
  const [, user = '', host = '', path = '', query = ''] =
    /^postgres(?:ql)?:(?:\/\/(?:([^/?]*)@)?([^/?]*))?(\/[^?]*)?(?:\?(.*))?$/i.exec(place) ?? []
  return { user, host, path, parameters: new URLSearchParams(query) }
}
