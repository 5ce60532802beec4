/**
 * A real Worker under workerd as the origin behind Access: it verifies with the team's keys and refuses requests that
 * bypass Access.
 */
import { createHash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { installed, type Running, startWorker } from './running.ts'

const pair = {
  'CF-Access-Client-Id': 'e0a1e0a1e0a1e0a1e0a1e0a1e0a1e0a1.access',
  'CF-Access-Client-Secret': 'cfast_exampleSecretOfCiDeployNotARealOne00000000000000',
}
const refused = { status: 403, text: 'Access is the only way in.\n' }

async function seen(answer: Response) {
  return { status: answer.status, text: await answer.text() }
}

/** Directly to the Worker, bypassing Access. */
async function direct(worker: Running, assertion?: string) {
  const headers = assertion === undefined ? {} : { 'Cf-Access-Jwt-Assertion': assertion }
  return seen(await fetch(worker.url, { headers }))
}

/** What Access hands to the origin of `host`, as its cookie shows it. */
async function tokenFor(worker: Running, host: string): Promise<string> {
  const answer = await worker.fetch(`https://${host}/`, { headers: pair })
  const [, token = ''] =
    /^CF_Authorization=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '') ?? []
  return token
}

describe('A Worker behind Access', () => {
  test('learns from the verified assertion which service token asks', async () => {
    if (!installed()) return
    const worker = await startWorker()
    const answer = await worker.fetch('https://machines.example.com/', { headers: pair })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ who: pair['CF-Access-Client-Id'] })
  })

  test('refuses requests that bypass Access', async () => {
    if (!installed()) return
    const worker = await startWorker()
    expect(await direct(worker)).toEqual(refused)
    expect(await direct(worker, 'nonsense')).toEqual(refused)

    const own = await tokenFor(worker, 'machines.example.com')
    expect((await direct(worker, own)).status).toBe(200)
    const foreign = await tokenFor(worker, 'wiki.example.com')
    expect(decodeJwt(foreign).iss).toBe(decodeJwt(own).iss)
    expect(await direct(worker, foreign)).toEqual(refused)
    for (const forged of await forgeries(own)) {
      expect(await direct(worker, forged)).toEqual(refused)
    }
  })
})

/** The claims of a valid token, signed by someone else, unsigned, and signed with public data. */
async function forgeries(token: string): Promise<string[]> {
  const claims = decodeJwt(token)
  const { kid = '' } = decodeProtectedHeader(token)
  const { privateKey } = await generateKeyPair('RS256')
  const known = createHash('sha256').update(kid).digest()
  const changed = Buffer.from(JSON.stringify({ ...claims, common_name: 'someone.access' }))
  const [head, , signature] = token.split('.')
  return [
    await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey),
    await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid }).sign(known),
    new UnsecuredJWT(claims).encode(),
    `${head}.${changed.toString('base64url')}.${signature}`,
  ]
}
