/** Where a durable state is: a folder, or a database. */

export function isDatabase(place: string): boolean {
  return /^\s*postgres(?:ql)?:/i.test(place)
}

/** A place as messages name it: without user, password and parameters. */
export function namedPlace(place: string): string {
  if (!isDatabase(place)) return place
  const { host, path, parameters } = partsOf(place)
  const server = host === '' ? (parameters.get('host') ?? '') : host
  return isPlain(server) && !mayHold(path) ? `postgres://${server}${path}` : 'the database'
}

/** Whether a place says a password, which everyone on the machine can read in a list of processes. */
export function hasPassword(place: string): boolean {
  if (!isDatabase(place)) return false
  const { user, host, path, parameters } = partsOf(place)
  const isClear = isPlain(host) && !mayHold(path)
  return user.includes(':') || parameters.has('password') || !isClear
}

/** Names, addresses and ports, and the folder of a socket: what holds anything else may hold a part of a password. */
function isPlain(host: string): boolean {
  return /^(?:[\w.-]*(?::\d+)?|\[[\da-f:]+\](?::\d+)?|\/[\w./-]*)$/i.test(host)
}

/** Whether a path may hold a part of a password: parameters as other drivers write them, or what was to be encoded. */
function mayHold(path: string): boolean {
  return /[@#;&=]/.test(path)
}

/** Not by `URL`, which refuses a user without a host: the host may be a parameter, or a variable. */
export function partsOf(place: string) {
  const [, user = '', host = '', path = '', query = ''] =
    /^postgres(?:ql)?:(?:\/\/(?:([^/?]*)@)?([^/?]*))?(\/?[^?]*)?(?:\?(.*))?$/i.exec(place.trim()) ??
    []
  return { user, host, path, parameters: new URLSearchParams(query) }
}
