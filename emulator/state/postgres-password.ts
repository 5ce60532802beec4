/** The password for a database: from the URL, `PGPASSWORD`, or the password file, as libpq finds it. */
import type { DatabaseAddress } from './postgres-address.ts'
import { inHome, mustBePrivate, readText } from './postgres-files.ts'

/** Called for each connection whose server asks for a password. @throws Error with a reason for the user */
export async function passwordOf(address: DatabaseAddress, user: string): Promise<string> {
  if (address.password !== undefined) return address.password
  const file = address.passfile ?? inHome('.pgpass', 'pgpass.conf')
  const text = await readText(file)
  const password = text === undefined ? undefined : passwordIn(text, address, user)
  if (password === undefined) {
    throw new Error(`the server asks for a password. Give it in PGPASSWORD, or in ${file}`)
  }
  await mustBePrivate(file)
  return password
}

/** By the first line that fits: `host:port:database:user:password`, with `*` for anything and a backslash before what is special. */
function passwordIn(text: string, address: DatabaseAddress, user: string): string | undefined {
  const { host = 'localhost', port = '5432', dbname = user } = address
  // A socket has no host name.
  const wanted = [host.startsWith('/') ? 'localhost' : host, port, dbname, user]
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    const fields = [...line.matchAll(/((?:\\.|[^\\:])*)(?::|$)/g)].map(([, field = '']) => field)
    const fits = wanted.every(
      (value, index) => fields[index] === '*' || unescaped(fields[index]) === value,
    )
    if (fits && fields[4]) return unescaped(fields[4])
  }
  return undefined
}

function unescaped(field = ''): string {
  return field.replace(/\\(.)/g, '$1')
}
