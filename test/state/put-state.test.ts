/** `PUT state` restores any snapshot the emulator returned; anything else is refused and changes nothing. */
import { afterEach, describe, expect, test } from 'vitest'
import { modes } from '../../contracts/modes/catalogue.ts'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'

const open: Emulator[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((emulator) => emulator.close()))
})

async function started(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await createEmulator({ seed: 'example', at: '2026-11-24T12:00:00Z', ...options })
  open.push(emulator)
  return emulator
}

describe('What GET answered is taken', () => {
  test.each(['example', 'ticket', 'empty'])('of the seed %s', async (seed) => {
    const { control, accounts } = await started({ seed })
    if (accounts().length === 0) await control.createAccount({ body: { name: 'Fresh' } })
    const before = await control.getState()
    await control.putState({ body: before })
    expect(await control.getState()).toEqual(before)
  })

  test('with each of the modes', async () => {
    const { control } = await started()
    for (const id of Object.keys(modes)) {
      await control.setMode({ params: { id } })
      const before = await control.getState()
      await control.putState({ body: before })
      expect(await control.getState()).toEqual(before)
      await control.endMode({ params: { id } })
    }
  })
})

describe('A snapshot is refused with the table, the row and the field, and nothing changes', () => {
  type Row = Record<string, unknown> & { links: { id: string; precedence: number }[] }
  type Snapshot = Record<string, Row[]>
  const uuid = '00000000-0000-4000-8000-000000000000'
  const first = (rows: Row[] | undefined): Row => {
    const [row] = rows ?? []
    if (row === undefined) throw new Error('the table has no row')
    return row
  }
  test.each<readonly [string, (snapshot: Snapshot) => void, RegExp]>([
    [
      'a table that does not exist',
      (all) => {
        all.songs = []
      },
      /^There is no table "songs"\. A snapshot has these tables: applications, /,
    ],
    [
      'a table that is missing',
      (all) => {
        delete all.policies
      },
      /^The table "policies" is missing\.$/,
    ],
    [
      'a row that is none',
      (all) => {
        all.tags = [null as unknown as Row]
      },
      /^tags, row 1: .*expected object/,
    ],
    [
      'a field of another type',
      (all) => {
        first(all.applications).domain = 7
      },
      /^applications, row 1 \([0-9a-f-]{36}\): domain: .*expected string, received number/,
    ],
    [
      'a field that no row has',
      (all) => {
        first(all.users).sauce = 1
      },
      /^users, row 1 \([0-9a-f-]{36}\): .*"sauce"/,
    ],
    [
      'a policy whose rules are none',
      (all) => {
        first(all.policies).include = 'all'
      },
      /^policies, row 1 \(.*\): include: .*expected array/,
    ],
    [
      'a policy without a list of rules',
      (all) => {
        delete first(all.policies).require
      },
      /^policies, row 1 \(.*\): require: /,
    ],
    [
      'a rule of an unknown selector',
      (all) => {
        first(all.policies).include = [{ song: {} }]
      },
      /^policies, row 1 \(.*\): include\.0: unknown selector "song"/,
    ],
    [
      'a key that is missing',
      (all) => {
        delete first(all.service_tokens).id
      },
      /^service_tokens, row 1 \(ci deploy\): id: /,
    ],
    [
      'a secret that is missing',
      (all) => {
        delete first(all.service_tokens).client_secret
      },
      /: client_secret: /,
    ],
    [
      'a keyring without a generation',
      (all) => {
        all.keyring = [{ id: 'keyring' } as unknown as Row]
      },
      /^keyring, row 1 \(keyring\): generation: /,
    ],
    [
      'an extra field that the row has',
      (all) => {
        first(all.applications).extra = { session_duration: 5 }
      },
      /: extra\.session_duration: is a field of the row itself/,
    ],
    [
      'duplicate ids',
      (all) => {
        all.users?.push({ ...first(all.users) })
      },
      /^users, row 2 \(.*\): another row has the same key\.$/,
    ],
    [
      'two organizations',
      (all) => {
        all.organization?.push({ ...first(all.organization) })
      },
      /^organization, row 2 \(Example team\): another row/,
    ],
    [
      'two applications of one AUD tag',
      (all) => {
        first(all.applications).aud = all.applications?.[1]?.aud
      },
      /^applications, row 2 \(.*\): aud: another row has the same/,
    ],
    [
      'a link to a policy that does not exist',
      (all) => {
        first(all.applications).links = [{ id: uuid, precedence: 1 }]
      },
      /^applications, row 1 \(.*\): links\.0\.id: there is no policy 00000000-/,
    ],
    [
      "a link to another application's own policy",
      (all) => {
        first(all.applications).links = all.applications?.[1]?.links ?? []
      },
      /links\.0\.id: the policy .* is another application's own/,
    ],
    [
      'two links of one precedence',
      (all) => {
        for (const link of all.applications?.[1]?.links ?? []) link.precedence = 1
      },
      /^applications, row 2 \(.*\): links\.1\.precedence: another link has the same/,
    ],
    [
      'a policy of no application',
      (all) => {
        first(all.applications).links = []
      },
      /^policies, row 1 \(.*\): application_id: no application .* links this policy/,
    ],
    [
      'a record of a zone elsewhere',
      (all) => {
        first(all.dns_records).zone_id = '0'.repeat(32)
      },
      /^dns_records, row 1 \(.*\): zone_id: the account has no zone 0000/,
    ],
    [
      'the team domain of another account',
      (all) => {
        first(all.organization).auth_domain = 'fresh.cloudflareaccess.com'
      },
      /^organization, row 1 \(Example team\): auth_domain: another account has this team domain/,
    ],
  ])('%s', async (_, damage, says) => {
    const { control, url } = await started()
    await control.createAccount({ body: { name: 'Fresh' } })
    await control.createSession({ body: { email: 'ada@example.com' } })
    const before = await control.getState()
    const snapshot = structuredClone(before) as Snapshot
    damage(snapshot)
    const answer = await fetch(`${url}/__access/state`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(snapshot),
    })
    const body = await answer.text()
    expect(answer.status, body).toBe(400)
    expect((JSON.parse(body) as { error: { message: string } }).error.message).toMatch(says)
    expect(await control.getState()).toEqual(before)
  })

  test('but a table that is new since an older release may be missing: it is empty', async () => {
    const { control } = await started()
    const application = (await control.getState()).applications?.[0] as { id: string }
    await control.createSession({ body: { email: 'ada@example.com', application: application.id } })
    const {
      former_hosts: _,
      sessions: __,
      deleted_service_tokens: ___,
      ...older
    } = await control.getState()
    await control.putState({ body: older })
    const now = await control.getState()
    expect([now.former_hosts, now.sessions, now.deleted_service_tokens]).toEqual([[], [], []])
    expect(now.users).toEqual(older.users)
  })
})
