/** `access-client doctor --oauth`: the steps of a sign-in by Managed OAuth, read and never taken. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../../client/commands/program.ts'
import type { Diagnosis } from '../../../client/doctor/diagnosis.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { doctorFixture, type Fixture, people } from './situation.ts'

let emulator: Emulator
let fixture: Fixture
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example', profile: 'observed' })
})
beforeEach(async () => {
  await emulator.reset()
  fixture = doctorFixture(emulator, 'observed')
})
afterAll(() => emulator.close())

async function doctor(...argv: readonly string[]) {
  let out = ''
  let err = ''
  const code = await run(['doctor', `https://${fixture.host}/`, ...argv], {
    env: { ACCESS_EMULATOR_URL: emulator.url },
    out: (chunk) => {
      out += String(chunk)
    },
    err: (chunk) => {
      err += chunk
    },
  })
  return { code, out, err }
}

async function diagnosed() {
  const { code, out } = await doctor('--oauth', '--json')
  const { healthy, causes, oauth = [], probes }: Diagnosis = JSON.parse(out)
  const failing = oauth.filter(({ ok }) => !ok)
  return { code, healthy, causes: causes.map(({ id }) => id), oauth, failing, probes }
}

const managed = (dynamic_client_registration = {}) =>
  fixture.application([people], {
    oauth_configuration: { enabled: true, dynamic_client_registration },
  })

test('every step of an application with Managed OAuth is read, and nothing is written', async () => {
  await managed()
  const { code, healthy, causes, oauth } = await diagnosed()
  expect({ code, healthy, causes }).toEqual({ code: 0, healthy: true, causes: [] })
  expect(oauth.map(({ step, ok }) => ({ step, ok }))).toEqual([
    { step: 'challenge', ok: true },
    { step: 'resource', ok: true },
    { step: 'resource', ok: true },
    { step: 'authorization server', ok: true },
    { step: 'registration', ok: true },
  ])
  const { result } = await emulator.control.readJournal()
  expect(new Set(result.map(({ method }) => method))).toEqual(new Set(['GET', 'POST']))
  // The application itself was made by the one POST.
  expect(result.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect((await emulator.control.getState()).oauth_clients).toEqual([])
})

describe('a broken step is named, and the command ends with 1', () => {
  test('where the application has no Managed OAuth', async () => {
    await fixture.application([people])
    const { code, healthy, failing } = await diagnosed()
    expect({ code, healthy }).toEqual({ code: 1, healthy: false })
    expect(failing[0]).toMatchObject({
      step: 'challenge',
      says: expect.stringContaining('No Bearer challenge'),
    })
  })

  test('where clients may not register, which is a cause of its own', async () => {
    await managed({ enabled: false })
    const { code, causes, failing } = await diagnosed()
    expect({ code, causes }).toEqual({ code: 1, causes: ['oauth-registration-disabled'] })
    expect(failing.map(({ step }) => step)).toEqual(['registration'])
  })

  test('where the issuer is not the URL by which the server is found', async () => {
    await managed()
    await emulator.control.setBehaviours({ body: { 'oauth.issuer': 'team_domain' } })
    const { code, failing } = await diagnosed()
    expect(code).toBe(1)
    expect(failing).toEqual([
      {
        step: 'authorization server',
        ok: false,
        says: expect.stringContaining(
          `Its issuer is "${fixture.team}", and the resource names https://${fixture.team}.`,
        ),
      },
    ])
  })

  test('where another server answers for the metadata', async () => {
    await managed()
    const effect = { kind: 'status', status: 200, body: '<p>a page' } as const
    const at = 'edge.oauth_protected_resource'
    await emulator.control.setFaults({ body: [{ at, effect }] })
    const { failing } = await diagnosed()
    expect(failing.map(({ step }) => step)).toEqual(['resource', 'authorization server'])
    expect(failing[0]?.says).toContain('It is no JSON document.')
  })
})

test('the report lists the steps', async () => {
  await managed({ enabled: false })
  const { code, out, err } = await doctor('--oauth')
  expect({ code, err }).toEqual({ code: 1, err: '' })
  expect(out).toMatch(
    /\nManaged OAuth, step by step:\n {3}ok {3}challenge: GET https:\/\/\S+ as a program returned 401/,
  )
  expect(out).toMatch(/\n {3}FAIL registration: .* has no registration_endpoint/)
})

test('without the flag these steps are neither requested nor printed', async () => {
  await managed({ enabled: false })
  const { code, out } = await doctor()
  expect(code).toBe(0)
  expect(out).not.toContain('Managed OAuth, step by step')
})

test('only an application has such steps', async () => {
  let err = ''
  const code = await run(['doctor', `https://${fixture.team}/cdn-cgi/access/certs`, '--oauth'], {
    env: { ACCESS_EMULATOR_URL: emulator.url },
    out: () => {},
    err: (chunk) => {
      err += chunk
    },
  })
  expect(code).toBe(3)
  expect(err).toContain('no application')
})
