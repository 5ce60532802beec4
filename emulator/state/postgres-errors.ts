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
  const { code } = Object(error) as DriverError
  const isKnown = typeof code === 'string' && Object.hasOwn(advice, code)
  const text = `Cannot keep the state in ${place}: ${reasonOf(error)}.`
  return isKnown ? `${text} The server said: ${saidBy(error)}` : text
}

/** Whether the server itself refused a statement, so that nothing of it was done. SQLSTATE has five characters. */
export function isRefusal(error: unknown): boolean {
  const { code } = Object(error) as DriverError
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code)
}

/** Without a full stop, with the code. */
export function reasonOf(error: unknown): string {
  const { code } = Object(error) as DriverError
  if (typeof code !== 'string') return saidBy(error)
  return `${advice[code] ?? saidBy(error)} (${code})`
}

function saidBy(error: unknown): string {
  const { message } = Object(error) as DriverError
  return typeof message === 'string' && message !== '' ? message : String(error)
}
