/** The workflows: pinned actions, few permissions, steps that exist, and the versions of Node that package.json supports. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = '.github/workflows'
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')

const permissions = z.record(z.string(), z.enum(['read', 'write']))
const step = z.union([
  z.strictObject({ uses: z.string(), with: z.record(z.string(), z.unknown()).optional() }),
  z.strictObject({ run: z.string(), env: z.record(z.string(), z.string()).optional() }),
])
const job = z.strictObject({
  if: z.string().optional(),
  needs: z.string().optional(),
  'runs-on': z.string(),
  'timeout-minutes': z.number(),
  environment: z.string().optional(),
  permissions: permissions.optional(),
  strategy: z
    .strictObject({
      'fail-fast': z.boolean(),
      matrix: z.record(z.string(), z.array(z.string())),
    })
    .optional(),
  steps: z.array(step),
})
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({ contents: z.literal('read') }),
  concurrency: z.record(z.string(), z.unknown()),
  jobs: z.record(z.string(), z.union([job, z.strictObject({ uses: z.string() })])),
})

const names = readdirSync(`${root}${folder}`).sort()
const parsed = names.map((name) => {
  const text = read(`${folder}/${name}`)
  return { file: name, text, ...workflow.parse(parse(text)) }
})
const jobsOf = ({ jobs }: (typeof parsed)[number]) =>
  Object.entries(jobs).flatMap(([name, each]) => ('steps' in each ? [{ name, ...each }] : []))

const manifest = z
  .object({ scripts: z.record(z.string(), z.string()), engines: z.object({ node: z.string() }) })
  .parse(JSON.parse(read('package.json')))

test('they are these', () => {
  expect(names).toEqual(['ci.yml', 'image.yml', 'release.yml'])
})

describe.each(parsed)('$file', (each) => {
  const steps = jobsOf(each).flatMap((one) => one.steps)

  test('pins each action by its commit, and says which version that is', () => {
    const used = each.text.split('\n').filter((line) => /\buses: (?!\.\/)/.test(line))
    expect(used.length).toBeGreaterThan(0)
    for (const line of used) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test('keeps no token in the working copy, and has no secret but the one that GitHub makes', () => {
    for (const one of steps) {
      if ('uses' in one && one.uses.startsWith('actions/checkout@')) {
        expect(one.with).toEqual({ 'persist-credentials': false })
      }
    }
    const secrets = [...each.text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name)
    expect(secrets.filter((name) => name !== 'GITHUB_TOKEN')).toEqual([])
  })

  test('runs what is there, and puts no expression into a shell', () => {
    for (const one of steps) {
      if (!('run' in one)) continue
      expect(one.run).not.toContain('${{')
      const [program, first, second = ''] = one.run.split(' ')
      if (program === 'npm' && first === 'run') expect(manifest.scripts).toHaveProperty([second])
      else if (program === 'npm') expect(['ci', 'pkg', 'publish']).toContain(first)
      else accessSync(`${root}${program}`, constants.X_OK)
    }
  })
})

test('only the jobs that publish may write, each to one place', () => {
  const writing = parsed.flatMap((each) =>
    jobsOf(each).flatMap(({ name, permissions: own = {} }) =>
      Object.entries(own)
        .filter(([, access]) => access === 'write')
        .map(([what]) => `${each.file} ${name}: ${what}`),
    ),
  )
  expect(writing).toEqual(['image.yml publish: packages', 'release.yml publish: id-token'])
})

test('CI runs on the oldest Node of package.json, and on those that the local run has', () => {
  const ci = parsed.find(({ file }) => file === 'ci.yml')
  const versions = ci === undefined ? [] : (jobsOf(ci)[0]?.strategy?.matrix.node ?? [])
  expect(`>=${versions[0]}`).toBe(manifest.engines.node)
  const local = spawnSync(
    process.execPath,
    [
      '-e',
      "import('./test/release/nodes.mjs').then((it) => console.log(JSON.stringify(it.versions)))",
    ],
    { cwd: root, encoding: 'utf8' },
  )
  const known = z.record(z.string(), z.string()).parse(JSON.parse(local.stdout))
  expect(Object.keys(known)).toEqual(versions.map((each) => each.replace(/\..*/, '')))
  expect(known[20]).toMatch(new RegExp(`^${versions[0]}\\.`))
})

test('the release publishes with provenance, by OpenID Connect, and only what CI has passed', () => {
  const release = parsed.find(({ file }) => file === 'release.yml')
  expect(release?.on).toEqual({ push: { tags: ['v*'] } })
  expect(release?.jobs.test).toEqual({ uses: './.github/workflows/ci.yml' })
  expect(release?.jobs.publish).toMatchObject({ needs: 'test', environment: 'npm' })
  expect(release?.text).toContain('npm publish --provenance --access public')
})

test('the image has an SBOM and provenance, for both kinds of processor, each tried before', () => {
  const image = parsed.find(({ file }) => file === 'image.yml')
  const [tried, published] = image === undefined ? [] : jobsOf(image)
  expect(tried?.strategy?.matrix).toEqual({ platform: ['linux/amd64', 'linux/arm64'] })
  expect(published?.needs).toBe('try')
  expect(published?.steps.at(-1)).toMatchObject({
    with: { platforms: 'linux/amd64,linux/arm64', sbom: true, provenance: 'mode=max' },
  })
})

test('a tag that is not a release is refused, with what to do', () => {
  const check = spawnSync(process.execPath, ['test/release/check.mjs', 'v9.9.9'], {
    ...{ cwd: root, encoding: 'utf8' },
  })
  expect(check.status).toBe(1)
  expect(check.stderr).toMatch(/^release: the tag is v9\.9\.9, and package\.json has version /)
})
