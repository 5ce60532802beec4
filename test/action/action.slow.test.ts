/** The GitHub Action: the example workflow, step by step; a start that fails; what the job's log and summary show. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { has } from '../commands/run/run-program.ts'
import { runJob, workflow } from './job.ts'

const example = fileURLToPath(
  new URL('../../docs/examples/github-action/workflow.yml', import.meta.url),
)
const isAble = has('bash', 'curl')
if (!isAble) console.info('The GitHub Action does not run: bash or curl is missing.')

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'action-'))
  onTestFinished(() => rm(made, { recursive: true }))
  return made
}

/** The steps of the example, with this very package. */
async function exampleSteps(inputs: Readonly<Record<string, string>> = {}) {
  const { jobs } = workflow.parse(parse(await readFile(example, 'utf8')))
  const [job] = Object.values(jobs)
  return (job?.steps ?? []).map((step) => ({ ...step, with: { ...step.with, ...inputs } }))
}

test.skipIf(!isAble)('every step of the example workflow succeeds', async () => {
  const { steps, summary } = await runJob(await exampleSteps(), await folder())
  expect(steps.map(({ name, code }) => [name, code])).toEqual([
    ['Start the emulator', 0],
    ['A machine enters with its service token', 0],
    ['The API at its own address', 0],
    ['Nobody enters without credentials', 0],
    ['The API by its address', 0],
    ['post', 0],
  ])
  expect(steps[1]?.log).toContain('"common_name"')
  expect(summary).toContain('1 of 4 requests was refused.')
  expect(summary).toContain('<code>GET machines.example.com/</code>')
})

test.skipIf(!isAble)('a start that fails ends the job with the reason', async () => {
  const { steps, summary } = await runJob(
    await exampleSteps({ profile: 'observant' }),
    await folder(),
  )
  expect(steps.map(({ name, code }) => [name, code])).toEqual([
    ['Start the emulator', 1],
    ['post', 0],
  ])
  expect(steps[0]?.log).toBe(
    '::error title=Cloudflare Access emulator::access-emulator: There is no profile "observant". Profiles: expected, observed, strict.\n',
  )
  expect({ summary, post: steps[1]?.log }).toEqual({ summary: '', post: '' })
})

const output = (name: string) => `$\{{ steps.access.outputs.${name} }}`
const step = (run: string, env = {}) => ({ run, env, with: {} })
const start = (inputs: Readonly<Record<string, string>>) => ({
  ...{ id: 'access', name: 'start', uses: 'OWNER/REPO/action@v0.1.0', env: {} },
  with: { ...inputs },
})

test.skipIf(!isAble)('the log shows no secret, and the emulator ends with the job', async () => {
  const { steps } = await runJob(
    [
      start({ set: 'service_auth.wrong_method=405\nlogin.show_pin=false' }),
      step('env; echo "token $CLOUDFLARE_API_TOKEN"'),
      step('curl -fsS --noproxy "*" "$URL/__access/behaviours"', {
        URL: output('url'),
      }),
    ],
    await folder(),
  )
  const [, shown, behaviours] = steps.map(({ log }) => log)
  expect(shown).toContain('token ***\n')
  expect(shown).toMatch(/^CLOUDFLARE_ACCESS_CLIENT_SECRET=\*\*\*$/m)
  expect(steps.map(({ log }) => log).join('')).not.toMatch(/cfast_|not-a-secret/)
  expect(behaviours).toContain('"service_auth.wrong_method"')
  const url = /http:\/\/127[\d.:]+/.exec(steps[0]?.log ?? '')?.[0] ?? ''
  await expect(fetch(`${url}/__access/health`)).rejects.toThrow('fetch failed')
})

test.skipIf(!isAble)('without the variables, later steps are as they were', async () => {
  const { steps } = await runJob(
    [start({ environment: 'false' }), step('env | grep -ci "proxy\\|cloudflare" || true')],
    await folder(),
  )
  expect(steps[1]?.log).toBe('0\n')
})

test.skipIf(!isAble)('an input that the action lacks is an error of the example', async () => {
  await expect(runJob([start({ profil: 'observed' })], await folder())).rejects.toThrow(
    'the action has no input profil',
  )
})
