/** Signatures are cached, except for oversized input that only a hostile client would send. */
import { createSign, KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSignatures } from '../../emulator/access/signatures.ts'
import { createWorld } from '../../emulator/world/world.ts'
import { contents } from '../contracts/odd-encodings.ts'

test('a long payload is signed each time, a short one once', async () => {
  const key = await createWorld().keys.pick(0)
  let signed = 0
  const counted = {
    ...key,
    sign(header: object, payload: string) {
      signed += 1
      return key.sign(header, payload)
    },
  }
  const { sign } = createSignatures()
  const header = { alg: 'RS256', kid: key.kid } as const
  const tokens = new Set<string>()
  for (const redirect_url of ['/', '/', 'x'.repeat(5000), 'x'.repeat(5000)]) {
    tokens.add(await sign({ redirect_url }, header, counted))
  }
  expect([signed, tokens.size]).toEqual([3, 2])
})

test.each(contents)(
  'a token with %s is not verified, though its signature is good',
  async (_, of) => {
    const key = await createWorld().keys.pick(0)
    const { sign, verify } = createSignatures()
    const header = { typ: 'JWT', alg: 'RS256', kid: key.kid } as const
    const claims = { iss: 'https://team.example', aud: 'a', iat: 1, exp: 2, sub: '' }
    expect(await verify(await sign(claims, header, key), [key])).toEqual(claims)
    const input = of(JSON.stringify(header), JSON.stringify(claims)).join('.')
    const signature = createSign('sha256')
      .update(input)
      .sign(KeyObject.from(await key.private()))
    expect(await verify(`${input}.${signature.toString('base64url')}`, [key])).toBeUndefined()
  },
)
