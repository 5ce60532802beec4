/** Ways to name a database, with what becomes of them: by the emulator, and by `psql`. */
import { networkInterfaces } from 'node:os'
import { password } from './tls.ts'

export interface Case {
  readonly title: string
  /** After `?`; a name in `{}` is a file of the folder. */
  readonly url?: string
  readonly env?: Readonly<Record<string, string>>
  readonly user?: string
  readonly host?: string
  /** The file of passwords in the home folder. */
  readonly pgpass?: string
  readonly database?: string
  /** What is said instead of a start. */
  readonly says?: string
  /** What it is when it starts. */
  readonly is?: 'TLS' | 'plain'
  /** Where psql does something else. */
  readonly psql?: 'TLS' | 'plain' | 'refused'
}

export const unknownCa =
  'not from a CA that is trusted here. Name the file of its CA in sslrootcert'

const ca = 'sslrootcert={ca.crt}'
const otherCa = 'sslrootcert={other-ca.crt}'
const nameless = { host: '127.0.0.1' }
const either = { database: 'either' }

export const modes: readonly Case[] = [
  { title: 'nothing said', env: { PGSSLMODE: '' }, ...either, is: 'plain', psql: 'TLS' },
  { title: 'disable', url: 'sslmode=disable', says: 'no encryption' },
  { title: 'disable, where both are taken', url: 'sslmode=disable', ...either, is: 'plain' },
  { title: 'prefer', url: 'sslmode=prefer', is: 'TLS' },
  { title: 'require', url: 'sslmode=require', is: 'TLS' },
  { title: 'require, where both are taken', url: 'sslmode=require', ...either, is: 'TLS' },
  { title: 'require, of the CA', url: `sslmode=require&${ca}`, is: 'TLS' },
  { title: 'require, another CA', url: `sslmode=require&${otherCa}`, says: unknownCa },
  { title: 'verify-ca', url: `sslmode=verify-ca&${ca}`, is: 'TLS' },
  { title: 'verify-ca, another name', url: `sslmode=verify-ca&${ca}`, ...nameless, is: 'TLS' },
  { title: 'verify-ca, another CA', url: `sslmode=verify-ca&${otherCa}`, says: unknownCa },
  { title: 'verify-ca, no CA', url: 'sslmode=verify-ca', says: 'Name its file in sslrootcert' },
  { title: 'verify-full', url: `sslmode=verify-full&${ca}`, is: 'TLS' },
  { title: 'verify-full, no CA', url: 'sslmode=verify-full', says: unknownCa },
  {
    title: 'verify-full, another name',
    url: `sslmode=verify-full&${ca}`,
    ...nameless,
    says: 'is for another name',
  },
  {
    title: 'ssl=true, and PGSSLMODE without',
    url: 'ssl=true',
    env: { PGSSLMODE: 'disable' },
    ...either,
    says: unknownCa,
    psql: 'TLS',
  },
  { title: 'of two the last', url: 'sslmode=disable&sslmode=require', ...either, is: 'TLS' },
  { title: 'none that there is', url: 'sslmode=verify_full', says: unknownCa },
  {
    title: 'a CA that is not there',
    url: 'sslmode=require&sslrootcert={none.crt}',
    says: 'none.crt (ENOENT)',
    psql: 'TLS',
  },
  {
    title: 'a CA that is none',
    url: 'sslmode=require&sslrootcert={nonsense.crt}',
    says: unknownCa,
  },
  {
    title: 'PGSSLMODE and PGSSLROOTCERT',
    env: { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '{ca.crt}' },
    is: 'TLS',
  },
  {
    title: 'PGSSLMODE with another CA',
    env: { PGSSLMODE: 'verify-ca', PGSSLROOTCERT: '{other-ca.crt}' },
    says: unknownCa,
  },
  {
    title: 'the URL before PGSSLMODE',
    url: 'sslmode=require',
    env: { PGSSLMODE: 'disable' },
    is: 'TLS',
  },
  {
    title: 'a client certificate',
    user: 'device',
    database: 'certified',
    url: 'sslcert={device.crt}&sslkey={device.key}',
    is: 'TLS',
  },
  {
    title: 'PGSSLCERT and PGSSLKEY',
    user: 'device',
    database: 'certified',
    env: { PGSSLCERT: '{device.crt}', PGSSLKEY: '{device.key}' },
    is: 'TLS',
  },
  {
    title: 'a client certificate of another CA',
    user: 'device',
    database: 'certified',
    url: 'sslcert={stranger.crt}&sslkey={stranger.key}',
    says: 'the server refuses the client certificate',
  },
  {
    title: 'no client certificate',
    user: 'device',
    database: 'certified',
    says: 'connection requires a valid client certificate',
  },
]

export const encoded = encodeURIComponent(password)
const escaped = password.replaceAll(':', '\\:')
const none = { PGPASSWORD: '' }
const asked = 'the server asks for a password. Give it in PGPASSWORD, or in '
const wrong = 'the password is wrong, or there is no such user'

export const credentials: readonly Case[] = [
  { title: 'in the URL, encoded', user: `member:${encoded}`, env: none, is: 'TLS' },
  { title: 'as a parameter', url: `password=${encoded}`, env: none, is: 'TLS' },
  { title: 'none', env: none, says: asked },
  { title: 'a wrong one', env: { PGPASSWORD: 'wrong' }, says: wrong },
  { title: 'of no such user', user: 'nobody', says: wrong },
  {
    title: 'no such database',
    database: 'none',
    env: none,
    user: `member:${encoded}`,
    says: 'there is no such database',
  },
  { title: '~/.pgpass', env: none, pgpass: `*:*:*:*:${escaped}`, is: 'TLS' },
  {
    title: '~/.pgpass, for another host',
    env: none,
    pgpass: `db.internal:*:*:*:${escaped}`,
    says: asked,
  },
  { title: 'PGPASSFILE', env: { ...none, PGPASSFILE: '{passwords}' }, is: 'TLS' },
]

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)

export const addresses: readonly Case[] = [
  ...(hasIpv6
    ? [{ title: 'IPv6', host: '[::1]', url: `sslmode=verify-full&${ca}`, is: 'TLS' } as const]
    : []),
  { title: 'a password with a slash', user: 'member:pass/word', says: 'Encode what is special' },
  {
    title: 'several hosts',
    host: 'localhost,localhost',
    says: 'there is no such host',
    psql: 'TLS',
  },
  { title: 'as some services print it', url: 'sslmode=require&channel_binding=prefer', is: 'TLS' },
]
