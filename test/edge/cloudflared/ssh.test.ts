import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import { folder, has } from '../../commands/run/run-program.ts'
import {
  type EdgeFixture,
  type EdgeOptions,
  edgeFixture,
  hosts,
  startSeconds,
  team,
} from '../applications.ts'
import { ed25519, isSignedBy, keyOfPerson, readCertificate } from './ssh-certificate.ts'

const ada = 'ada@example.com'
const cas = api.shortLivedCertificateCas

interface Signed {
  readonly id: string
  readonly certificate: string
  readonly expires_at: string
}

async function withCa(options: EdgeOptions = {}) {
  const edge = await edgeFixture(options)
  const { public_key } = await edge.api(cas.create, { params: { app_id: edge.id(hosts.P) } })
  const jwt = await edge.signIn(ada, hosts.P)
  return { edge, jwt, ca: public_key }
}

function ask(edge: EdgeFixture, body: unknown, host = team) {
  return edge.send(host, {
    method: 'POST',
    path: '/cdn-cgi/access/cert_sign',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

async function certify(
  edge: EdgeFixture,
  jwt: string,
  public_key = keyOfPerson(),
): Promise<Signed> {
  const answer = await ask(edge, { public_key, jwt, issuer: `https://${team}` })
  expect(answer).toMatchObject({
    status: 200,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
  })
  return JSON.parse(answer.text) as Signed
}

describe('a person’s certificate', () => {
  test('is signed by the CA of the application for the part of their address before the @', async () => {
    const behaviours = { 'programs.clock': 'emulator' } as const
    const { edge, jwt, ca } = await withCa({ behaviours })
    const { id, certificate, expires_at } = await certify(edge, jwt)
    const read = readCertificate(certificate)
    expect({ id, expires_at: Date.parse(expires_at) / 1000 }).toEqual({
      id: ada,
      expires_at: startSeconds + 240,
    })
    expect(read).toMatchObject({
      kind: 1,
      id: ada,
      principals: ['ada'],
      after: BigInt(startSeconds - 60),
      before: BigInt(startSeconds + 240),
    })
    expect(read.names?.filter((name) => name !== '')).toContain('permit-pty')
    expect(read.signer.toString('base64')).toBe(ca.split(' ')[1])
    expect(isSignedBy(ca, read.signed, read.signature)).toBe(true)
    const other = Buffer.from(read.signed.map((byte, at) => (at === 60 ? byte ^ 1 : byte)))
    expect(isSignedBy(ca, other, read.signature)).toBe(false)
  })

  test('is dated by the wall clock, like sshd, even if the emulator’s clock is frozen', async () => {
    const { edge, jwt } = await withCa({ at: '2030-01-01T00:00:00Z' })
    const { before } = readCertificate((await certify(edge, jwt)).certificate)
    expect(Number(before)).toBeLessThan(Date.parse('2030-01-01') / 1000)
  })

  test('differs from the next one, and is the same in another run with the same entropy', async () => {
    const run = async () => {
      const behaviours = { 'programs.clock': 'emulator' } as const
      const { edge, jwt, ca } = await withCa({ entropy: 'ssh', behaviours })
      const one = await certify(edge, jwt, `ssh-ed25519 ${ed25519}`)
      const two = await certify(edge, jwt, `ssh-ed25519 ${ed25519}`)
      expect(one.certificate).not.toBe(two.certificate)
      return [ca, one, two]
    }
    expect(await run()).toEqual(await run())
  })

  test('is signed by another key after the CA is recreated', async () => {
    const { edge, jwt, ca } = await withCa()
    const params = { app_id: edge.id(hosts.P) }
    await edge.api(cas.delete, { params })
    const { public_key } = await edge.api(cas.create, { params })
    const { signed, signature } = readCertificate((await certify(edge, jwt)).certificate)
    expect([isSignedBy(ca, signed, signature), isSignedBy(public_key, signed, signature)]).toEqual([
      false,
      true,
    ])
  })
})

describe('ssh-keygen', () => {
  test.each(['ecdsa', 'ed25519', 'rsa'])(
    'reads one for a key of type %s, and accepts what it signed',
    async (type) => {
      if (!has('ssh-keygen')) return
      const home = await folder()
      const key = join(home, 'key')
      execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'ada here', '-f', key])
      const { edge, jwt, ca } = await withCa()
      const { certificate } = await certify(edge, jwt, readFileSync(`${key}.pub`, 'utf8'))
      writeFileSync(`${key}-cert.pub`, `${certificate}\n`)
      const listed = execFileSync('ssh-keygen', ['-L', '-f', `${key}-cert.pub`], {
        encoding: 'utf8',
      })
      expect(listed).toMatch(/Type: \S+-cert-v01@openssh.com user certificate/)
      expect(listed).toMatch(/Signing CA: ECDSA SHA256:\S+ \(using ecdsa-sha2-nistp256\)/)
      expect(listed).toContain(`Key ID: "${ada}"`)
      expect(listed).toMatch(/Principals: \n\s+ada\n/)
      expect(listed).toContain('permit-pty')

      // As sshd would: signed by the key, which the CA vouches for, for this principal, now.
      const signers = join(home, 'signers')
      const data = join(home, 'data')
      writeFileSync(data, 'hello')
      execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'x', '-f', `${key}-cert.pub`, data])
      const accepts = (authority: string, principal: string) => {
        writeFileSync(signers, `* cert-authority ${authority}\n`)
        chmodSync(signers, 0o600)
        const flags = `-Y verify -n x -f ${signers} -I ${principal} -s ${data}.sig`.split(' ')
        return spawnSync('ssh-keygen', flags, { input: 'hello' }).status === 0
      }
      const other = await edge.api(cas.create, { params: { app_id: edge.id(hosts.T) } })
      expect(accepts(ca, 'ada')).toBe(true)
      expect([accepts(ca, 'eve'), accepts(other.public_key, 'ada')]).toEqual([false, false])
    },
  )
})

describe('a certificate is refused', () => {
  const message = (text: string) => JSON.stringify({ message: `Bad Request. ${text}` })
  const issuer = `https://${team}`

  test.each([
    ['for no JSON', () => 'x', 'The body is not JSON with public_key, jwt and issuer.'],
    [
      'without a key',
      (jwt: string) => ({ jwt, issuer }),
      'The body is not JSON with public_key, jwt and issuer.',
    ],
    [
      'for another issuer',
      (jwt: string) => ({ public_key: keyOfPerson(), jwt, issuer: 'https://login.example.com' }),
      'Invalid issuer. Currently only cloudflareaccess subdomains are supported.',
    ],
    [
      'for what is no key',
      (jwt: string) => ({ public_key: `ssh-rsa ${ed25519}`, jwt, issuer }),
      'Invalid public key.',
    ],
  ] as const)('%s', async (_, body, text) => {
    const { edge, jwt } = await withCa()
    const answer = await ask(edge, body(jwt))
    expect([answer.status, answer.text]).toEqual([400, message(text)])
  })

  test('where the application has no CA, and where the token is that of a machine', async () => {
    const edge = await edgeFixture()
    const person = { jwt: await edge.signIn(ada, hosts.P), public_key: keyOfPerson(), issuer }
    expect((await ask(edge, person)).text).toBe(message('Please create a ca for application.'))
    await edge.api(cas.create, { params: { app_id: edge.id(hosts.P) } })
    expect((await ask(edge, person)).status).toBe(200)
    const machine = { ...person, jwt: await edge.tokenFor(hosts.P) }
    expect((await ask(edge, machine)).text).toBe(message('The token is not that of a person.'))
    const { result } = await edge.emulator.control.readJournal({})
    const said = result.map(({ operation, why }) => `${operation}: ${why}`)
    expect(said).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^edge.cert_sign: The application has no CA/),
        expect.stringMatching(/^edge.cert_sign: .*service token/),
      ]),
    )
  })

  test('with an expired, revoked or invalid token: as text that is not JSON', async () => {
    const { edge, jwt } = await withCa()
    const sent = (token: string) => ask(edge, { public_key: keyOfPerson(), jwt: token, issuer })
    expect((await sent(jwt)).status).toBe(200)
    await edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(hosts.P) } })
    const fresh = await edge.signIn(ada, hosts.P)
    await edge.advance(25 * 3600)
    for (const token of [jwt, fresh, 'x']) {
      const { status, text, headers } = await sent(token)
      expect([status, text, headers['content-type']]).toEqual([
        ...[401, 'unauthorized'],
        'text/plain; charset=UTF-8',
      ])
    }
  })

  test('on the host of an application, and to GET: there is no such path', async () => {
    const { edge, jwt } = await withCa()
    const body = { public_key: keyOfPerson(), jwt, issuer }
    expect((await ask(edge, body, hosts.P)).status).toBe(404)
    expect((await edge.send(team, { path: '/cdn-cgi/access/cert_sign' })).status).toBe(404)
  })
})

test('a CA goes with its application, and comes back with a snapshot', async () => {
  const { edge, jwt, ca } = await withCa()
  const { control } = edge.emulator
  const state = await control.getState()
  await edge.api(api.applications.delete, { params: { app_id: edge.id(hosts.P) } })
  expect(await edge.api(cas.list)).toEqual([])
  expect(await control.getState()).toMatchObject({ short_lived_certificate_cas: [] })
  await control.putState({ body: state })
  expect(await edge.api(cas.list)).toMatchObject([{ public_key: ca }])
  expect((await certify(edge, jwt)).id).toBe(ada)
})
