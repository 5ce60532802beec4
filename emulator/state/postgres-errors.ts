/** What a database said, as one line for the user: what happened, and what to do next. */

interface DriverError {
  readonly code?: unknown
  readonly message?: unknown
}

/** By SQLSTATE, or by the code of the system. */
const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Start the server, or correct the address',
  ENOTFOUND: 'there is no such host. Correct the address',
  ETIMEDOUT: 'it does not answer. Check the address and the firewall',
  ENOENT: 'there is no such socket. Start the server, or correct the address',
  '28P01': 'the password is wrong. Give it in PGPASSWORD, or in ~/.pgpass',
  '28000': 'the server refuses this user. Correct PGUSER, or pg_hba.conf',
  '3D000': 'there is no such database. Create it, or correct its name',
  '42501': 'this user lacks a privilege. Grant CREATE on the database, or the rights on the schema',
  '53100': 'the disk of the server is full',
  '53300': 'the server has no connection left',
  '25006': 'the server is read-only: it is a standby. Give the address of the primary',
}

export function inWords(error: unknown, place: string): string {
  const { code, message } = Object(error) as DriverError
  const said = typeof message === 'string' && message !== '' ? message : String(error)
  const known = typeof code === 'string' ? advice[code] : undefined
  const codeText = typeof code === 'string' ? ` (${code})` : ''
  return known === undefined
    ? `Cannot keep the state in ${place}: ${said}${codeText}.`
    : `Cannot keep the state in ${place}: ${known}${codeText}. The server said: ${said}`
}
