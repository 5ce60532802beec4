/** A program that signs in as cloudflared's source does: key pair, browser URL, polls, box. */
import { once } from 'node:events'
import http2, { type ClientHttp2Session } from 'node:http2'
import tls from 'node:tls'
import nacl from 'tweetnacl'
import { expect, onTestFinished } from 'vitest'
import {
  readTransferKey,
  servicePublicKey,
  transferHosts,
  transferKeyText,
  transferredTokens,
} from '../../../contracts/edge/cloudflared.ts'
import type { Answer, EdgeFixture } from '../applications.ts'
import type { Browser, Page } from '../login/browser.ts'

export interface Program {
  /** Its public key, as sent. */
  readonly key: string
  /** The URL that it asks the user to open, for a URL of an application. */
  approvalOf(url: string, more?: Readonly<Record<string, string>>): string
  poll(host?: string, method?: string): Promise<Answer>
  /** The tokens in a box. @throws Error if it is not for this program */
  tokensIn(answer: Answer): { readonly app_token: string; readonly org_token?: string | undefined }
}

/** With a random key, or one derived from this seed. */
export function program(edge: EdgeFixture, seed?: number): Program {
  const pair =
    seed === undefined
      ? nacl.box.keyPair()
      : nacl.box.keyPair.fromSecretKey(new Uint8Array(32).fill(seed))
  const key = transferKeyText(pair.publicKey)
  return {
    key,
    approvalOf(url, more = {}) {
      const address = new URL(url)
      const aud = edge.aud(address.hostname)
      const shared = { ...Object.fromEntries(address.searchParams), aud, token: key }
      const back = new URL(address)
      back.search = String(new URLSearchParams(shared))
      const own = { redirect_url: back.href, send_org_token: 'true', edge_token_transfer: 'true' }
      const query = new URLSearchParams({ ...shared, ...own, ...more })
      query.sort()
      return `https://${address.host}/cdn-cgi/access/cli?${query}`
    },
    poll: (host = transferHosts[0], method = 'GET') =>
      edge.send(host, { method, path: `/transfer/${key}` }),
    tokensIn({ status, text, headers }) {
      expect(status).toBe(200)
      const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
      const service = readTransferKey(String(headers[servicePublicKey]))
      const opened =
        service && nacl.box.open(bytes.slice(24), bytes.slice(0, 24), service, pair.secretKey)
      if (!opened) throw new Error('failed to decrypt message')
      return transferredTokens().parse(JSON.parse(new TextDecoder().decode(opened)))
    },
  }
}

/** Approves on the approval page; returns the next page. */
export async function approved(person: Browser, page: Page): Promise<Page> {
  expect(page.text).toContain('<button>Approve</button>')
  return person.submit(page, {})
}

/** A session of HTTP/2 through TLS with the transfer service, as Go's client opens it. */
export async function secureSession(port: number): Promise<ClientHttp2Session> {
  const secured = tls.connect({
    ...{ port, host: '127.0.0.1', servername: transferHosts[0] },
    ...{ ALPNProtocols: ['h2'], rejectUnauthorized: false },
  })
  await once(secured, 'secureConnect')
  const session = http2.connect(`https://${transferHosts[0]}`, { createConnection: () => secured })
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return session
}
