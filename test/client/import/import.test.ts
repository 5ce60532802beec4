/** `access-client import` turns an emulator's account into a seed that reproduces it, field by field, on another. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { run } from '../../../client/commands/program.ts'
import { inOrderOfMaking } from '../../../contracts/api/making-order.ts'
import { isCreatable } from '../../../contracts/declaration/resource.ts'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../../emulator/index.ts'
import { createOneOfEach, pathOf } from '../../support/every-resource.ts'

const everyKind = fileURLToPath(new URL('../../seeds/every-kind.yaml', import.meta.url))
const apiUrl = 'https://api.cloudflare.com/client/v4'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function started(options: EmulatorOptions): Promise<Emulator> {
  const emulator = await createEmulator(options)
  onTestFinished(() => emulator.close())
  return emulator
}

function ask(emulator: Emulator, path: string, init: { method?: string; body?: object } = {}) {
  const { api_token } = emulator.account
  return emulator.fetch(`${apiUrl}${path}`, {
    method: init.method ?? 'GET',
    headers: { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  })
}

async function command(argv: readonly string[], emulator?: Emulator) {
  let stdout = ''
  let stderr = ''
  const env =
    emulator === undefined
      ? {}
      : {
          CLOUDFLARE_API_TOKEN: emulator.account.api_token,
          CLOUDFLARE_ACCOUNT_ID: emulator.account.id,
        }
  const code = await run(['import', ...argv], {
    env,
    ...(emulator === undefined ? {} : { fetch: emulator.fetch }),
    out: (text) => {
      stdout += text
    },
    err: (text) => {
      stderr += text
    },
  })
  return { code, stdout, stderr }
}

/** Tables of resources that no answer shows whole, such as a certificate without its PEM or a CA without its private key. */
const unreadable: ReadonlySet<string> = new Set(
  inOrderOfMaking()
    .filter(isCreatable)
    .filter(
      ({ body, lifeCycle: { hidden = [] } }) =>
        Object.keys(body().shape).length === 0 ||
        hidden.some((field) => !body().shape[field]?.safeParse(undefined).success),
    )
    .map(({ table }) => table),
)

/** Names of the fields that only GET of one object returns, and of its key, by table. */
const onlyInGet: ReadonlyMap<
  string,
  { readonly key: string; readonly onlyGet: readonly string[] }
> = new Map(
  inOrderOfMaking()
    .filter(isCreatable)
    .map(({ table, key = 'id', onlyGet = [] }) => [table, { key, onlyGet }]),
)

function places(emulator: Emulator): Readonly<Record<string, string>> {
  const { id } = emulator.account
  const ofResources = inOrderOfMaking().map((each) => [each.table, pathOf(emulator, each)] as const)
  return { account: `/accounts/${id}`, zones: '/zones', ...Object.fromEntries(ofResources) }
}

/** The account as a client sees it: every list and each object. */
async function seen(emulator: Emulator): Promise<Readonly<Record<string, unknown>>> {
  const all: Record<string, unknown> = {}
  for (const [name, path] of Object.entries(places(emulator))) {
    const { result } = (await (await ask(emulator, path)).json()) as { result: unknown }
    all[name] = result
    const lists = name !== 'zones' && Array.isArray(result) ? result : []
    const { key = 'id' } = onlyInGet.get(name) ?? {}
    for (const { [key]: id } of lists.map(Object)) {
      if (typeof id !== 'string') continue
      const one = (await (await ask(emulator, `${path}/${id}`)).json()) as { result: unknown }
      all[`${name} ${id}`] = one.result
    }
  }
  return all
}

async function saved(emulator: Emulator): Promise<string[]> {
  const files: string[] = []
  async function save(name: string, path: string): Promise<string> {
    const file = join(folder, `${name}.json`)
    const text = await (await ask(emulator, path)).text()
    await writeFile(file, text)
    files.push(file)
    return text
  }
  for (const [name, path] of Object.entries(places(emulator))) {
    const text = await save(name, path)
    const { key = 'id', onlyGet = [] } = onlyInGet.get(name) ?? {}
    if (onlyGet.length === 0) continue
    for (const item of JSON.parse(text).result)
      await save(`${name}-${item[key]}`, `${path}/${item[key]}`)
  }
  return files
}

/** An account with every kind of object, changed by hand, with fields that no contract knows. */
async function lived(): Promise<Emulator> {
  const emulator = await started({ seed: everyKind, at: '2025-03-04T05:06:07Z', entropy: 'there' })
  await emulator.control.setClock({ body: { at: '2025-05-06T07:08:09Z' } })
  const { applications: apps, groups, policies } = places(emulator)
  const zone = emulator.account.zones[0]?.name
  const made = [
    [groups, { name: 'Later', include: [{ everyone: {} }], a_new_field: { deep: [1] } }],
    [policies, { name: 'Twin', decision: 'deny', include: [{ everyone: {} }] }],
    [policies, { name: 'Twin', decision: 'allow', include: [{ everyone: {} }], another: true }],
    [
      apps,
      {
        type: 'self_hosted',
        name: 'With a field of tomorrow',
        domain: `tomorrow.${zone}/path`,
        tomorrow: 'yes',
        policies: [
          { name: 'Second', decision: 'allow', include: [{ everyone: {} }], precedence: 5, odd: 1 },
          {
            name: 'First',
            decision: 'deny',
            include: [{ ip: { ip: '192.0.2.0/24' } }],
            precedence: 2,
          },
        ],
      },
    ],
    [apps, { type: 'bookmark', name: 'Elsewhere', domain: 'https://elsewhere.example' }],
  ] as const
  for (const [path, body] of made) {
    const { status } = await ask(emulator, path ?? '', { method: 'POST', body })
    expect(status).toBe(201)
  }
  // The applications are those above: their list is newest first, and its places are named below.
  await createOneOfEach(emulator, (table) => table !== 'applications' && !unreadable.has(table))
  return emulator
}

describe('A round trip loses no field', () => {
  test.each(['yaml', 'json'])('from the API, by a .%s file', async (form) => {
    const there = await lived()
    const out = join(folder, `seed.${form}`)
    const { code, stderr } = await command(['--out', out], there)
    expect({ code, stderr: stderr.replaceAll(/ \(ray \S+\)/g, '').split('\n') }).toEqual({
      code: 0,
      stderr: [
        'note: groups.list: result[2].a_new_field: unknown field of type object',
        'note: reusablePolicies.list: result[2].another: unknown field of type boolean',
        'note: applications.list: result[1].tomorrow: unknown field of type string',
        'note: applications.list: result[1].policies[1].odd: unknown field of type number',
        'note: Service tokens get secrets from the emulator; GET /__access/seed shows them.',
        '',
      ],
    })
    const here = await started({ seed: out, at: '2026-01-01T00:00:00Z' })
    expect(await seen(here)).toEqual(await seen(there))
  })

  test('from answers that were saved, without credentials', async () => {
    const there = await lived()
    const out = join(folder, 'saved.yaml')
    const { code } = await command(['--from', ...(await saved(there)), '--out', out])
    expect(code).toBe(0)
    const here = await started({ seed: out, at: '2026-01-01T00:00:00Z' })
    expect(await seen(here)).toEqual(await seen(there))
  })

  test('and the ids stay when an import is imported again', async () => {
    const there = await lived()
    const first = await command([], there)
    const file = join(folder, 'again.yaml')
    await writeFile(file, first.stdout)
    const second = await command([], await started({ seed: file }))
    expect(parse(second.stdout)).toEqual(parse(first.stdout))
  })
})

test('importing only reads, and the seed holds no secret', async () => {
  const there = await lived()
  const methods: string[] = []
  const watched: Emulator = {
    ...there,
    fetch: (input, init) => {
      methods.push(init?.method ?? 'GET')
      return there.fetch(input, init)
    },
  }
  const { stdout } = await command([], watched)
  expect(new Set(methods)).toEqual(new Set(['GET']))
  for (const { client_secret } of there.account.service_tokens) {
    expect(stdout).not.toContain(client_secret)
  }
  expect(stdout).not.toContain(there.account.api_token)
})

test('the ticket’s account is misconfigured here as well, and explain names the cause', async () => {
  const there = await started({ seed: 'ticket', profile: 'observed' })
  const out = join(folder, 'ticket.yaml')
  await command(['--from', ...(await saved(there)), '--out', out])
  const here = await started({ seed: out, profile: 'observed' })
  const [pair] = here.account.service_tokens
  const [before] = there.account.service_tokens
  expect(pair).toMatchObject({ id: before?.id, client_id: before?.client_id })
  const headers = {
    'cf-access-client-id': pair?.client_id ?? '',
    'cf-access-client-secret': pair?.client_secret ?? '',
  }
  const url = 'https://staging-apex.cloudcache.ai/'
  const explained = await here.control.explain({ body: { request: { url, headers } } })
  expect(explained).toMatchObject({
    verdict: 'login',
    application: { name: 'manual-app-probe', aud: there.account.applications[0]?.aud },
  })
  expect(explained.trail).toContainEqual(
    expect.objectContaining({
      policy: expect.objectContaining({ name: 'Allow svc-debug-ticket-123', decision: 'allow' }),
    }),
  )
  expect(explained.would_pass_if.join('\n')).toMatch(/non_identity/)
  const { status } = await here.fetch(url, { headers, redirect: 'manual' })
  expect(status).toBe(302)
})

describe('What is missing among the answers', () => {
  const policy = {
    id: 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415',
    uid: 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415',
    name: 'Machines',
    decision: 'non_identity',
    include: [
      { service_token: { token_id: '6ba7b810-9dad-41d1-80b4-00c04fd430c8' } },
      { ip: { ip: '192.0.2.1/32' } },
    ],
    exclude: [],
    require: [],
    reusable: true,
    precedence: 1,
    created_at: '2025-01-01T00:00:00Z',
    updated_at: '2025-01-01T00:00:00Z',
  }
  const application = {
    id: '023e105f-4ece-48ad-9ca3-1a8372d0c353',
    uid: '023e105f-4ece-48ad-9ca3-1a8372d0c353',
    type: 'self_hosted',
    name: 'Alone',
    domain: 'app.alone.example',
    aud: 'a1'.repeat(32),
    tags: ['lonely'],
    policies: [policy],
    created_at: '2025-01-01T00:00:00Z',
    updated_at: '2025-01-01T00:00:00Z',
  }

  test('is reported, and the application’s own content is enough to run it', async () => {
    const file = join(folder, 'alone.json')
    await writeFile(file, JSON.stringify({ success: true, result: [application] }))
    const out = join(folder, 'alone.yaml')
    const { code, stderr } = await command(['--from', file, '--out', out])
    expect(code).toBe(0)
    expect(stderr.split('\n').filter(Boolean)).toEqual([
      'note: The answers contain no zone, so it is assumed to be alone.example (set it with --zone).',
      'note: The policy "Machines" refers to 6ba7b810-9dad-41d1-80b4-00c04fd430c8, which is not among the answers, so that rule is left out.',
      'note: The answers contain no organization, so the team domain is made up.',
    ])
    const here = await started({ seed: out })
    const apps = (await (await ask(here, places(here).applications ?? '')).json()) as {
      result: object[]
    }
    expect(apps.result).toMatchObject([
      { ...application, policies: [{ ...policy, include: policy.include.slice(1) }] },
    ])
  })

  test.each([
    ['a file that is not there', ['--from', '/nowhere.json'], 'cannot be read'],
    [
      'no application',
      ['--from', fileURLToPath(new URL('../../../package.json', import.meta.url))],
      'no application and no policy',
    ],
    ['no account', [], 'The account is missing'],
  ])('%s is exit 2', async (_, argv, words) => {
    const { code, stderr } = await command(argv)
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })

  test('a refusal that was saved is exit 2', async () => {
    const file = join(folder, 'refused.json')
    await writeFile(
      file,
      '{"success":false,"errors":[{"code":10000,"message":"no"}],"result":null}',
    )
    const { code, stderr } = await command(['--from', file])
    expect(code).toBe(2)
    expect(stderr).toContain('contains a refusal of the API')
    expect(await readFile(file, 'utf8')).toContain('10000')
  })
})

test('a seed keeps what it states of a policy, and adds nothing', async () => {
  const rules = { include: [{ everyone: {} }], exclude: [], require: [] }
  const shared = { id: 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415', name: 'Shared', decision: 'allow' }
  const policies = [
    { name: 'Own', decision: 'allow', ...rules, reusable: false },
    { ...shared, ...rules, reusable: true, session_duration: '2h' },
  ] as const
  const app = (name: string) => ({
    type: 'self_hosted' as const,
    name,
    domain: `${name}.example.com`,
    policies: [...policies],
  })
  const organization = {
    name: 'T',
    auth_domain: 't.cloudflareaccess.com',
    session_duration: '12h',
  }
  const account = { name: 'a', zones: [{ name: 'example.com' }], organization }
  const emulator = await started({
    seed: { accounts: [{ ...account, applications: [app('one'), app('two')] }] },
  })
  const at = places(emulator)
  const result = async (path = '') =>
    ((await (await ask(emulator, path)).json()) as { result: Record<string, unknown>[] }).result
  for (const made of await result(at.applications)) {
    expect(made.policies).toMatchObject([
      { name: 'Own', reusable: false },
      { ...shared, reusable: true, session_duration: '2h' },
    ])
    expect(Object(made.policies)[0]).not.toHaveProperty('session_duration')
    await ask(emulator, `${at.applications}/${made.id}`, { method: 'DELETE' })
  }
  // No application owned it.
  expect(await result(at.policies)).toMatchObject([{ ...shared, app_count: 0 }])
  expect(await result(at.organization)).toMatchObject({ session_duration: '12h' })
})

describe('A seed that states one id twice is refused with its place', () => {
  const id = 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415'
  const group = { id, name: 'x', include: [{ everyone: {} }] }
  const own = { id, name: 'Own', decision: 'allow' as const, include: [{ everyone: {} }] }
  const app = (name: string, more: object) => ({
    type: 'self_hosted' as const,
    name,
    domain: `${name}.example.com`,
    ...more,
  })
  const aud = 'a1'.repeat(32)

  test.each([
    [
      'of the same kind',
      { groups: [group, { ...group, name: 'y' }] },
      'accounts.0.groups.1.id: another group has this id',
    ],
    [
      'of different kinds',
      { groups: [group], applications: [app('one', { id })] },
      'accounts.0.applications.0.id: another application has this id',
    ],
    [
      'of policies of two applications',
      { applications: [app('one', { policies: [own] }), app('two', { policies: [own] })] },
      'accounts.0.applications.1.policies.0.id: another policy has this id',
    ],
    [
      'of two policies of an application',
      { applications: [app('one', { policies: [own, { ...own, name: 'Again' }] })] },
      'accounts.0.applications.0.policies.1.id: another policy has this id',
    ],
    [
      'as AUD tag',
      { applications: [app('one', { aud }), app('two', { aud })] },
      'accounts.0.applications.1.aud: another application has this AUD tag',
    ],
  ])('%s', async (_, sections, says) => {
    const account = { name: 'a', zones: [{ name: 'example.com' }] }
    const seed = { accounts: [{ ...account, ...sections }] }
    await expect(createEmulator({ seed })).rejects.toThrow(says)
  })
})

test('what the server derives from an id and an AUD tag follows those that a seed states', async () => {
  const id = 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415'
  const aud = 'a1'.repeat(32)
  const saas_app = {
    auth_type: 'saml',
    sp_entity_id: 'sp',
    consumer_service_url: 'https://sp.test',
  }
  const organization = { name: 'T', auth_domain: 't.cloudflareaccess.com' }
  const account = { name: 'a', organization }
  const application = { id, aud, type: 'saas' as const, name: 'Saml', saas_app }
  const emulator = await started({
    seed: { accounts: [{ ...account, applications: [application] }] },
  })
  const { applications = '' } = places(emulator)
  const { result } = (await (await ask(emulator, `${applications}/${id}`)).json()) as {
    result: object
  }
  const address = `t.cloudflareaccess.com/cdn-cgi/access/sso/saml/${aud}`
  expect(result).toMatchObject({
    ...{ id, uid: id, aud, domain: address },
    saas_app: { sso_endpoint: `https://${address}` },
  })
})

describe('Of a real account', () => {
  const uuid = (n: number) => `6ba7b810-9dad-41d1-80b4-0000000000${String(n).padStart(2, '0')}`
  const at = { created_at: '2025-01-01T00:00:00Z', updated_at: '2025-01-01T00:00:00Z' }
  const policy = (n: number, more: object = {}) => ({
    id: uuid(n),
    uid: uuid(n),
    name: `Policy ${n}`,
    decision: 'allow',
    include: [{ everyone: {} }],
    exclude: [],
    require: [],
    ...at,
    ...more,
  })
  const pages = {
    id: uuid(1),
    uid: uuid(1),
    type: 'self_hosted',
    name: 'Previews',
    domain: '*.project.pages.dev',
    aud: 'a1'.repeat(32),
    policies: [policy(2, { reusable: false, precedence: 1 })],
    ...at,
  }
  const zone = { id: '0b'.repeat(16), name: 'example.com', name_servers: [] }

  async function fromFile(content: unknown, ...flags: readonly string[]) {
    const file = join(folder, `${randomUUID()}.json`)
    await writeFile(file, JSON.stringify(content))
    const out = join(folder, `${randomUUID()}.yaml`)
    const { code, stderr } = await command(['--from', file, '--out', out, ...flags])
    return { code, notes: stderr.split('\n').filter(Boolean), out }
  }

  test('an application outside any zone is kept and starts, though the API still refuses new ones', async () => {
    const { code, out } = await fromFile([pages, zone])
    expect(code).toBe(0)
    const here = await started({ seed: out })
    const { applications: apps = '' } = places(here)
    const { result } = (await (await ask(here, apps)).json()) as { result: object[] }
    expect(result).toMatchObject([{ name: 'Previews', domain: '*.project.pages.dev' }])
    const body = { type: 'self_hosted', name: 'Another', domain: 'other.pages.dev' }
    const refused = await ask(here, apps, { method: 'POST', body })
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain('domain does not belong to zone')
    const kept = { type: 'self_hosted', name: 'Renamed', domain: '*.project.pages.dev' }
    const renamed = await ask(here, `${apps}/${uuid(1)}`, { method: 'PUT', body: kept })
    expect(renamed.status).toBe(200)
  })

  test('a policy of an application that is not there is named, one that is there is its own', async () => {
    const own = policy(2, { reusable: false, precedence: 1 })
    const { code, notes, out } = await fromFile([pages, zone, own, policy(3, { reusable: false })])
    expect(code).toBe(0)
    expect(notes).toContain(
      'note: The policy "Policy 3" belongs to a single application that is not among the answers, so it is left out. Save GET /access/apps too.',
    )
    expect(notes.join('\n')).not.toContain('Policy 2')
    const { accounts } = parse(await readFile(out, 'utf8')) as {
      accounts: [{ policies: object[]; applications: [{ policies: object[] }] }]
    }
    expect(accounts[0].policies).toEqual([])
    expect(accounts[0].applications[0].policies).toMatchObject([{ id: uuid(2) }])
  })

  test('--account-id says which account it is, with --from too', async () => {
    const id = '0d'.repeat(16)
    const { code, out } = await fromFile([pages, zone], '--account-id', id)
    expect(code).toBe(0)
    expect((await started({ seed: out })).account.id).toBe(id)
    const wrong = await fromFile([pages, zone], '--account-id', 'mine')
    expect({ ...wrong, notes: wrong.notes.slice(-1) }).toMatchObject({
      code: 2,
      notes: [expect.stringContaining('is not an account id')],
    })
  })
})

test('saved API tokens keep their permissions and conditions, and get new values', async () => {
  const policy = {
    id: 'a'.repeat(32),
    effect: 'allow',
    resources: { 'com.cloudflare.api.account.*': '*' },
    permission_groups: [
      { id: 'b'.repeat(32), name: 'Access: Apps and Policies Read', meta: { key: 'value' } },
    ],
  }
  const token = {
    id: 'c'.repeat(32),
    name: 'ci',
    status: 'active',
    issued_on: '2026-01-01T00:00:00Z',
    modified_on: '2026-01-01T00:00:00Z',
    last_used_on: null,
    expires_on: '2027-01-01T00:00:00Z',
    condition: { request_ip: { in: ['127.0.0.0/8', '::1'] } },
    policies: [policy],
  }
  const source = await started({ seed: 'example', at: '2026-06-01T00:00:00Z' })
  const saved = join(folder, 'with-tokens.json')
  const apps = await (await ask(source, `/accounts/${source.account.id}/access/apps`)).json()
  const malformed = { ...token, id: 'd'.repeat(32), name: 'broken', policies: [] }
  const tokens = { success: true, result: [token, malformed] }
  await writeFile(saved, JSON.stringify({ apps, tokens }))
  const out = join(folder, 'with-tokens.yaml')
  const { code, stderr } = await command(['--from', saved, '--zone', 'example.com', '--out', out])
  expect(code).toBe(0)
  expect(stderr).toContain('API tokens get new values')
  expect(stderr).toContain('The API token "broken" is left out: it is malformed.')

  const copy = await started({ seed: out, at: '2026-06-01T00:00:00Z' })
  const [shown] = copy.account.api_tokens ?? []
  expect(shown).toMatchObject({ id: token.id, name: 'ci', kind: 'user' })
  const url = `${apiUrl}/accounts/${copy.account.id}/access/apps`
  const headers = { authorization: `Bearer ${shown?.value}`, 'content-type': 'application/json' }
  expect((await copy.fetch(url, { headers })).status).toBe(200)
  expect((await copy.fetch(url, { method: 'POST', headers, body: '{}' })).status).toBe(403)
})

test('a live import takes the tokens that the account owns, with their permissions, ids and kind', async () => {
  const source = await started({ seed: 'example', at: '2026-06-01T00:00:00Z' })
  const policies = [{ permission_groups: [{ name: 'Access: Apps and Policies Read' }] }]
  const body = { name: 'deploys', kind: 'account', policies } as const
  const made = await source.control.createToken({ body })
  await source.control.createToken({ body: { ...body, name: 'of a user', kind: 'user' } })
  const out = join(folder, 'live-tokens.yaml')
  const { code, stderr } = await command(['--out', out], source)
  expect([code, stderr]).toEqual([0, expect.stringContaining('API tokens get new values: no')])
  expect(await readFile(out, 'utf8')).not.toContain(made.value)

  const copy = await started({ seed: out, at: '2026-06-01T00:00:00Z' })
  expect(copy.account.api_tokens).toMatchObject([{ id: made.id, name: 'deploys', kind: 'account' }])
  const list = (emulator: Emulator) =>
    ask(emulator, `/accounts/${emulator.account.id}/tokens`).then((answer) => answer.json())
  expect(await list(copy)).toEqual(await list(source))
})

test('a token that may not read tokens leaves them out, and says so', async () => {
  const source = await started({ seed: 'example' })
  const names = ['Access: Apps and Policies Read', 'Zone Read']
  const policies = [{ permission_groups: names.map((name) => ({ name })) }]
  const { value } = await source.control.createToken({
    body: { name: 'reader', kind: 'account', policies },
  })
  const limited = { ...source, account: { ...source.account, api_token: value } }
  const { stderr } = await command(['--out', join(folder, 'limited.yaml')], limited)
  expect(stderr).toContain('The API token may not read API tokens, so they are left out.')
})
