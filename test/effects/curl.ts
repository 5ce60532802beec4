/** curl over TLS, with a client certificate or without one. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../network/server.ts'
import type { Issued } from '../support/client-certificates.ts'

export interface CurlOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly path?: string
  readonly body?: string
  readonly certificate?: Issued
}

export interface CurlAnswer {
  readonly status: string
  readonly location: string
  readonly challenge: string
  readonly cookie: string
  readonly body: string
}

/** @param home a folder for the certificate's files */
export function curlTo(port: number, home: string) {
  return async (host: string, options: CurlOptions = {}): Promise<CurlAnswer> => {
    const { headers = {}, method = 'GET', path = '/', body, certificate } = options
    const files: string[] = []
    if (certificate !== undefined) {
      for (const part of ['cert', 'key'] as const) {
        const file = join(home, `${part}.pem`)
        await writeFile(file, certificate[part])
        files.push(`--${part}`, file)
      }
    }
    const { out, code, err } = await run('curl', [
      ...['-sk', '-i', '-X', method, '--max-time', '15'],
      ...['--resolve', `${host}:${port}:127.0.0.1`, ...files],
      ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      ...(body === undefined ? [] : ['-d', body]),
      `https://${host}:${port}${path}`,
    ])
    if (code !== 0) throw new Error(`curl ended with ${code}: ${err}`)
    const end = out.indexOf('\r\n\r\n')
    const head = out.slice(0, end)
    const field = (name: string) => new RegExp(`^${name}: (.*?)\r?$`, 'im').exec(head)?.[1] ?? ''
    return {
      status: /^HTTP\/\S+ (\d+)/.exec(head)?.[1] ?? '',
      location: field('location'),
      challenge: field('www-authenticate'),
      cookie: field('set-cookie'),
      body: out.slice(end + 4),
    }
  }
}

/** An answer in the words of the table. */
export function inWords({ status, location, body }: CurlAnswer): string {
  if (location.includes('/cdn-cgi/access/login/')) return `${status} to the login`
  if (location !== '') return `${status} to ${location}`
  if (body.startsWith('{')) return `${status} from the origin`
  const heading = /<h1>(.*?)<\/h1>/.exec(body)?.[1] ?? body.trim()
  return `${status} “${heading}”`
}
