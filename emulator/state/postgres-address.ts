/** Where the database is, and how to sign in: a URL and the `PG*` variables, read as libpq does. The driver reads fewer of them, and others without a word. */
import { partsOf } from './places.ts'

/** What a URL may say, and the variable that says it otherwise. */
const understood = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  passfile: 'PGPASSFILE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslcrl: 'PGSSLCRL',
  application_name: 'PGAPPNAME',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  options: 'PGOPTIONS',
} as const

/** What would change where a connection goes or how it is protected, and cannot be done here; with the values that ask for nothing. */
const refused: readonly (readonly [parameter: string, variable: string, ...harmless: string[]])[] =
  [
    ['service', 'PGSERVICE'],
    ['hostaddr', 'PGHOSTADDR'],
    ['target_session_attrs', 'PGTARGETSESSIONATTRS', 'any', 'read-write', 'primary'],
    ['channel_binding', 'PGCHANNELBINDING', 'disable', 'prefer'],
    ['gssencmode', 'PGGSSENCMODE', 'disable', 'prefer'],
    ['require_auth', 'PGREQUIREAUTH'],
    ['requirepeer', 'PGREQUIREPEER'],
    ['ssl_min_protocol_version', 'PGSSLMINPROTOCOLVERSION', 'TLSv1', 'TLSv1.1', 'TLSv1.2'],
  ]

type Parameter = keyof typeof understood
export type DatabaseAddress = Readonly<Partial<Record<Parameter, string>>>

/** @throws Error with a reason that quotes nothing which may be a secret */
export function addressOf(url: string, variables: NodeJS.ProcessEnv): DatabaseAddress {
  const address: Partial<Record<Parameter, string>> = {}
  for (const [name, variable] of Object.entries(understood)) {
    const value = variables[variable]
    if (value && isParameter(name)) address[name] = value
  }
  for (const [name, variable, ...harmless] of refused) {
    const value = variables[variable]
    if (value && !harmless.includes(value)) throw notUnderstood(variable, name)
  }
  for (const [name, value] of written(url)) {
    if (value === '') continue
    const [known, , ...harmless] = refused.find(([parameter]) => parameter === name) ?? []
    if (isParameter(name)) address[name] = value
    // As libpq, which reads JDBC's parameter too.
    else if (name === 'ssl' && value === 'true') address.sslmode = 'require'
    else if (known === undefined || !harmless.includes(value)) throw notUnderstood(name)
  }
  if (/,/.test(address.host ?? '') && !address.host?.startsWith('/')) {
    throw new Error('several hosts are not supported. Give one name that leads to the primary')
  }
  if (address.port !== undefined && !/^\d{1,5}$/.test(address.port)) {
    throw new Error('the port must be a number')
  }
  return address
}

function isParameter(name: string): name is Parameter {
  return Object.hasOwn(understood, name)
}

function notUnderstood(name: string, parameter = name): Error {
  const place = parameter === name ? `the parameter ${plain(name)}` : `the variable ${name}`
  return new Error(`${place} is not supported. Remove it`)
}

/** A name, unless it may be a part of a password in a URL that was cut at the wrong place. */
function plain(name: string): string {
  return /^[a-z_]+$/i.test(name) ? name : 'that --state has after "?"'
}

/** The parameters of a URL, later ones before earlier ones. */
function written(url: string): (readonly [name: string, value: string])[] {
  const { user, host, path, query } = partsOf(url)
  const [, name, port = ''] = /^(\[[^\]]*\]|[^:[\]]*(?:,[^[\]]*)?)(?::([^:]*))?$/.exec(host) ?? []
  if (name === undefined || /@/.test(path) || !/^\s*postgres(?:ql)?:\/\//i.test(url)) {
    throw unreadable()
  }
  const colon = user.indexOf(':')
  const parts = [
    ['host', decoded(name.replace(/^\[(.*)\]$/, '$1'))],
    ['port', port],
    ['user', decoded(colon < 0 ? user : user.slice(0, colon))],
    ['password', colon < 0 ? '' : decoded(user.slice(colon + 1))],
    ['dbname', decoded(path.slice(1))],
  ] as const
  const more = query.split('&').flatMap((each) => {
    const [key = '', ...value] = each.split('=')
    return each === '' ? [] : [[decoded(key), decoded(value.join('='))] as const]
  })
  return [...parts, ...more]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unreadable()
  }
}

function unreadable(): Error {
  return new Error(
    'the address is not of the form postgres://user@host:port/database?parameter=value. Encode what is special in it: / as %2F, @ as %40, % as %25',
  )
}
