/** A small server for the phone: the steps, the certificate and the proxy settings, and nothing else. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { ProxyPlace } from './network.ts'
import { type PhoneSettings, phonePage } from './page.ts'

export interface ServedPhone {
  /** `http://ADDRESS:PORT/` */
  readonly url: string
  close(): Promise<void>
}

interface PhoneFile {
  readonly type: string
  readonly body: string
}

/** The certificate is public; its key stays in its file. */
export async function servePhone(
  settings: Omit<PhoneSettings, 'pac'> & { readonly certPath: string },
  at: { readonly address: string; readonly port: number },
): Promise<ServedPhone> {
  const certificate = await readFile(settings.certPath, 'utf8')
  const files = new Map<string, PhoneFile>([
    // iOS offers to install what has this type, Android by the name's ending.
    ['/certificate.crt', { type: 'application/x-x509-ca-cert', body: certificate }],
    [
      '/proxy.pac',
      { type: 'application/x-ns-proxy-autoconfig', body: pacFile(settings.names, settings.proxy) },
    ],
  ])
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://phone')
    const found = files.get(pathname)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const status = found === undefined ? 404 : isRead ? 200 : 405
    const { type, body } = status === 200 && found ? found : { type: 'text/plain', body: '' }
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    })
    response.end(request.method === 'HEAD' ? '' : body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(at.port, at.address, resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : at.port
  const url = `http://${at.address}:${port}/`
  files.set('/', {
    ...{ type: 'text/html; charset=utf-8' },
    body: phonePage({ ...settings, pac: `${url}proxy.pac` }),
  })
  return {
    url,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Sends only the emulator's names through it: the phone's other traffic stays as it is. */
export function pacFile(names: readonly string[], { host, port }: ProxyPlace): string {
  const tests = names.map(
    (name) => `host == ${JSON.stringify(name)} || dnsDomainIs(host, ${JSON.stringify(`.${name}`)})`,
  )
  return `function FindProxyForURL(url, host) {
  if (${tests.join(' ||\n      ')}) {
    return "PROXY ${host}:${port}";
  }
  return "DIRECT";
}
`
}
