/** A transfer service that fails or returns tokens that are not for this login. */
import nacl from 'tweetnacl'
import { describe, expect, test } from 'vitest'
import { readTransferKey, transferKeyText } from '../../../contracts/edge/cloudflared.ts'
import { mcp, oauthWorld } from '../../edge/oauth/application.ts'
import { type Reply, startStub } from '../stub.ts'
import { personAt } from './command.ts'

const url = `https://${mcp}/`

describe('the transfer service', () => {
  const seal = (key: string) => {
    const pair = nacl.box.keyPair()
    const nonce = new Uint8Array(24)
    const forMe = readTransferKey(key) ?? new Uint8Array(32)
    const box = nacl.box(new TextEncoder().encode('{"no":"token"}'), nonce, forMe, pair.secretKey)
    return {
      headers: { 'service-public-key': transferKeyText(pair.publicKey) },
      body: Buffer.concat([nonce, box]).toString('base64'),
    }
  }
  const another = transferKeyText(nacl.box.keyPair().publicKey)

  test.each<[string, (key: string) => Reply, RegExp]>([
    ['fails', () => ({ status: 503 }), /answered 503\. Try again later/],
    ['answers no base64', () => ({ body: '<html>' }), /not encrypted for this login/],
    ['answers a box for another key', () => seal(another), /not encrypted for this login/],
    ['answers a box with something else', seal, /not encrypted for this login/],
    [
      'answers a box and a key that is none',
      (key) => ({ ...seal(key), headers: { 'service-public-key': 'x' } }),
      /not encrypted for this login/,
    ],
  ])('that %s gets no login kept', async (_, transferred, problem) => {
    const person = await personAt(await oauthWorld())
    const stub = await startStub(({ host, path }) =>
      host === 'login.cloudflareaccess.org'
        ? transferred(path.replace('/transfer/', ''))
        : {
            status: 302,
            headers: {
              location: 'https://team.cloudflareaccess.com/cdn-cgi/access/login/app?kid=aud',
            },
          },
    )
    const env = { ACCESS_EMULATOR_URL: stub.url }
    const { code, err } = await person.run(['login', url, '--no-browser'], env)
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(problem) })
    expect(await person.kept()).toEqual([])
  })
})
