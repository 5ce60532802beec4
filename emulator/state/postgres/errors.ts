/** What a database said, as one line for the user: what happened, and what to do next. */

interface DriverError {
  readonly code?: unknown
  readonly path?: unknown
  readonly syscall?: unknown
  readonly message?: unknown
}

const unknownCa =
  'the certificate of the server is not from a CA that is trusted here. Name the file of its CA in sslrootcert'
const clientCertificate =
  'the server refuses the client certificate. Give one that it trusts in sslcert and sslkey'

/** By SQLSTATE, or by the code of the system or of TLS. */
const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Start the server, or correct the address',
  ENOTFOUND: 'there is no such host. Correct the address',
  EAI_AGAIN: 'the name of the host cannot be looked up now. Check the address and the name server',
  ETIMEDOUT: 'it does not answer. Check the address and the firewall',
  ERR_INVALID_URL:
    'the address is not a URL. Encode what is special in its password: / as %2F, @ as %40',
  ENOENT: 'there is no such socket. Start the server, or correct the address',
  '28P01':
    'the password is wrong, or there is no such user. Give the password in PGPASSWORD, or in ~/.pgpass',
  '28000': 'the server refuses this user. Correct the user, sslmode, or pg_hba.conf',
  '3D000': 'there is no such database. Create it, or correct its name',
  '42501': 'this user lacks a privilege. Grant CREATE on the database, or the rights on the schema',
  '53100': 'the disk of the server is full',
  '53300': 'the server has no connection left',
  '25006': 'the server is read-only: it is a standby. Give the address of the primary',
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  CERT_SIGNATURE_FAILURE: unknownCa,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the certificate of the server is for another name. Use that name as the host, or sslmode=verify-ca',
  CERT_HAS_EXPIRED: 'the certificate of the server has expired. Renew it',
  CERT_NOT_YET_VALID: 'the certificate of the server is not valid yet. Check the clocks of both',
  CERT_REVOKED: 'the certificate of the server is revoked. Give the server another',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: clientCertificate,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: clientCertificate,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: clientCertificate,
}

/** By what the driver says without a code. */
const spoken: readonly (readonly [said: RegExp, advice: string])[] = [
  [
    /does not support SSL/,
    'the server does not offer TLS. Turn it on (ssl = on), or say sslmode=disable',
  ],
  [/error establishing an SSL/, 'what listens there is not Postgres. Correct the address'],
  [
    /terminated unexpectedly/,
    'the server ended the connection. Check that it is Postgres, and see its log',
  ],
  [
    /requires specifying a CA/,
    'sslmode=verify-ca needs the certificate of the CA. Name its file in sslrootcert',
  ],
  [
    /password must be a/,
    'the server asks for a password. Give it in PGPASSWORD, or in ~/.pgpass with mode 600',
  ],
  [/timeout/, 'it does not answer. Check the address and the firewall'],
]

export function inWords(error: unknown, place: string): string {
  const { code } = Object(error) as DriverError
  const text = `Cannot keep the state in ${place}: ${reasonOf(error)}.`
  const isKnown = typeof code === 'string' && Object.hasOwn(advice, code)
  const said = isKnown ? saidBy(error) : ''
  return said === '' ? text : `${text} Details: ${said}`
}

/** Whether the server itself refused a statement, so that nothing of it was done. SQLSTATE has five characters. */
export function isRefusal(error: unknown): boolean {
  const { code } = Object(error) as DriverError
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code)
}

/** Without a full stop, with the code. */
export function reasonOf(error: unknown): string {
  const { code, path, syscall } = Object(error) as DriverError
  const said = saidBy(error)
  if (syscall === 'open') return `cannot read ${path} (${code})`
  if (typeof code !== 'string') return spoken.find(([known]) => known.test(said))?.[1] ?? said
  return `${advice[code] ?? said} (${code})`
}

function saidBy(error: unknown): string {
  const { message } = Object(error) as DriverError
  // Of several addresses that were tried, the driver says nothing. OpenSSL ends with a new line.
  return typeof message === 'string' ? message.replace(/\s+/g, ' ').trim() : String(error)
}
