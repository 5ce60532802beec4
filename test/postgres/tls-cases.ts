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
  /** The file of passwords in the home folder, with `PORT` for the server's, and its mode. */
  readonly pgpass?: string
  readonly mode?: number
  readonly database?: string
  /** What is said instead of a start. */
  readonly says?: string
  /** What it is when it starts. */
  readonly is?: 'TLS' | 'plain'
  /** Where psql does something else. */
  readonly psql?: 'TLS' | 'plain' | 'refused' | 'depends on its version'
}

export const unknownCa =
  'not from a CA that is trusted here. Name the file of its CA in sslrootcert'

export const withTls: readonly Case[] = [
  { title: 'nothing said', is: 'TLS' },
  { title: 'nothing said, where both are taken', database: 'either', is: 'TLS' },
  { title: 'disable', url: 'sslmode=disable', says: 'no encryption' },
  {
    title: 'disable, where both are taken',
    url: 'sslmode=disable',
    database: 'either',
    is: 'plain',
  },
  { title: 'allow', url: 'sslmode=allow', is: 'TLS' },
  { title: 'prefer', url: 'sslmode=prefer', is: 'TLS' },
  { title: 'require', url: 'sslmode=require', is: 'TLS' },
  { title: 'ssl=true', url: 'ssl=true', is: 'TLS' },
  { title: 'require, of the CA', url: 'sslmode=require&sslrootcert={ca.crt}', is: 'TLS' },
  {
    title: 'require, another CA',
    url: 'sslmode=require&sslrootcert={other-ca.crt}',
    says: unknownCa,
  },
  { title: 'verify-ca', url: 'sslmode=verify-ca&sslrootcert={ca.crt}', is: 'TLS' },
  {
    title: 'verify-ca, another name',
    url: 'sslmode=verify-ca&sslrootcert={ca.crt}',
    host: '127.0.0.1',
    is: 'TLS',
  },
  {
    title: 'verify-ca, another CA',
    url: 'sslmode=verify-ca&sslrootcert={other-ca.crt}',
    says: unknownCa,
  },
  { title: 'verify-ca, no CA', url: 'sslmode=verify-ca', says: 'Name its file in sslrootcert' },
  { title: 'verify-full', url: 'sslmode=verify-full&sslrootcert={ca.crt}', is: 'TLS' },
  { title: 'verify-full, no CA', url: 'sslmode=verify-full', says: unknownCa },
  {
    title: 'verify-full, another name',
    url: 'sslmode=verify-full&sslrootcert={ca.crt}',
    host: '127.0.0.1',
    says: 'is for another name',
  },
  {
    title: 'verify-full, revoked',
    url: 'sslmode=verify-full&sslrootcert={ca.crt}&sslcrl={root.crl}',
    says: 'is revoked',
  },
  {
    title: 'the public CAs',
    url: 'sslrootcert=system',
    says: unknownCa,
    psql: 'depends on its version',
  },
  {
    title: 'the public CAs, any name',
    url: 'sslrootcert=system&sslmode=require',
    says: 'needs sslmode=verify-full',
    psql: 'depends on its version',
  },
  {
    title: 'a mode of the driver',
    url: 'sslmode=no-verify',
    says: 'sslmode must be one of disable',
  },
  {
    title: 'a CA that is not there',
    url: 'sslmode=require&sslrootcert={none.crt}',
    says: 'there is no file',
    psql: 'TLS',
  },
  {
    title: 'a CA that is none',
    url: 'sslmode=require&sslrootcert={nonsense.crt}',
    says: 'nonsense.crt',
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
    title: 'PGSSLMODE, misspelt',
    env: { PGSSLMODE: 'verify_full' },
    database: 'either',
    says: 'sslmode must be one of',
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
    title: 'no client certificate',
    user: 'device',
    database: 'certified',
    says: 'connection requires a valid client certificate',
  },
  {
    title: 'a client certificate without its key',
    user: 'device',
    database: 'certified',
    url: 'sslcert={device.crt}',
    says: 'needs its key',
  },
]

export const encoded = encodeURIComponent(password)
export const escaped = password.replaceAll(':', '\\:')
const none = { PGPASSWORD: '' }
const asked = 'the server asks for a password. Give it in PGPASSWORD, or in '

export const credentials: readonly Case[] = [
  { title: 'in the URL, encoded', user: `member:${encoded}`, env: none, is: 'TLS' },
  { title: 'as a parameter', url: `password=${encoded}`, env: none, is: 'TLS' },
  { title: 'none', env: none, says: asked },
  {
    title: 'a wrong one',
    env: { PGPASSWORD: 'wrong' },
    says: 'the password is wrong, or there is no such user',
  },
  {
    title: 'of no such user',
    user: 'nobody',
    says: 'the password is wrong, or there is no such user',
  },
  {
    title: 'no such database',
    database: 'none',
    env: none,
    user: `member:${encoded}`,
    says: 'there is no such database',
  },
  {
    title: '~/.pgpass',
    env: none,
    pgpass: `# mine\n*:1:*:*:wrong\nlocalhost:PORT:encrypted:member:${escaped}\n`,
    is: 'TLS',
  },
  { title: '~/.pgpass, anywhere', env: none, pgpass: `*:*:*:*:${escaped}`, is: 'TLS' },
  {
    title: '~/.pgpass, for another host',
    env: none,
    pgpass: `db.internal:*:*:*:${escaped}`,
    says: asked,
  },
  {
    title: '~/.pgpass, readable by others',
    env: none,
    mode: 0o644,
    pgpass: `*:*:*:*:${escaped}`,
    says: '.pgpass is accessible to others. Run: chmod 600',
  },
  { title: 'PGPASSFILE', env: { ...none, PGPASSFILE: '{passwords}' }, is: 'TLS' },
  { title: 'passfile', env: none, url: 'passfile={passwords}', is: 'TLS' },
]

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)

export const addresses: readonly Case[] = [
  ...(hasIpv6
    ? [
        {
          title: 'IPv6',
          host: '[::1]',
          url: 'sslmode=verify-full&sslrootcert={ca.crt}',
          is: 'TLS',
        } as const,
      ]
    : []),
  {
    title: 'several hosts',
    host: 'localhost,localhost',
    says: 'several hosts are not supported',
    psql: 'TLS',
  },
  {
    title: 'a parameter that libpq does not have',
    url: 'schema=public',
    says: 'the parameter schema is not supported',
  },
  {
    title: 'a protection that there is none of',
    url: 'channel_binding=require',
    says: 'channel_binding is not supported',
    psql: 'TLS',
  },
  {
    title: 'the same by a variable',
    env: { PGCHANNELBINDING: 'require' },
    says: 'PGCHANNELBINDING is not supported',
    psql: 'TLS',
  },
  { title: 'a protection that is not asked for', url: 'channel_binding=prefer', is: 'TLS' },
]
