/** Starts the emulator, exports what later steps need, and fails with the emulator's own reason if it cannot start. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exportVariable, fail, input, lines, mask, saveState, setOutput } from './runner.mjs'

const name = 'cloudflare-access-emulator'
const folder = mkdtempSync(join(process.env.RUNNER_TEMP ?? tmpdir(), 'access-emulator-'))

/** The script of the command: of the workspace, or installed into a folder of the job's. */
function command() {
  const within = (modules) => join(modules, name, 'dist', 'access-emulator.js')
  const wanted = input('package')
  const own = within(join(process.env.GITHUB_WORKSPACE ?? process.cwd(), 'node_modules'))
  if (wanted === '' && existsSync(own)) return own
  const flags = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
  execFileSync('npm', ['install', ...flags, wanted === '' ? name : wanted], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  return within(join(folder, 'node_modules'))
}

function flags() {
  const one = ['seed', 'profile', 'state', 'port', 'at', 'entropy']
  const several = ['set', 'origin', 'passthrough']
  return [
    ...one.filter((flag) => input(flag) !== '').flatMap((flag) => [`--${flag}`, input(flag)]),
    ...several.flatMap((flag) => lines(flag).flatMap((value) => [`--${flag}`, value])),
  ]
}

/** Resolves to the line that says it is ready; rejects with what it said when it ended instead. */
function ready(child, log) {
  return new Promise((resolve, reject) => {
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      printed += text
      const end = printed.indexOf('\n')
      if (end !== -1) resolve(JSON.parse(printed.slice(0, end)))
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      const said = readFileSync(log, 'utf8').trim()
      reject(new Error(said === '' ? `it ended with exit code ${code}` : said))
    })
  })
}

/** Whether the job's log must not show the value. */
const isSecret = (variable) => /SECRET|TOKEN|KEY|PASSWORD/.test(variable)

async function start() {
  const script = command()
  const log = join(folder, 'log')
  const child = spawn(process.execPath, [script, 'start', '--json', ...flags()], {
    detached: true,
    stdio: ['ignore', 'pipe', openSync(log, 'a')],
  })
  const { url, account_id, api_token } = await ready(child, log)
  for (const [key, value] of Object.entries({ pid: child.pid, url, script, log })) {
    saveState(key, String(value))
  }
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    'env',
    '--json',
    '--url',
    url,
  ])
  const variables = Object.entries(JSON.parse(stdout))
  for (const [variable, value] of variables) if (isSecret(variable)) mask(value)
  mask(api_token)
  if (input('environment') !== 'false') {
    for (const [variable, value] of variables) exportVariable(variable, value ?? '')
  }
  const { CLOUDFLARE_ACCESS_CLIENT_ID, CLOUDFLARE_ACCESS_CLIENT_SECRET } = JSON.parse(stdout)
  const outputs = {
    ...{ url, account_id, api_token },
    client_id: CLOUDFLARE_ACCESS_CLIENT_ID ?? '',
    client_secret: CLOUDFLARE_ACCESS_CLIENT_SECRET ?? '',
  }
  for (const [output, value] of Object.entries(outputs)) setOutput(output, value)
  console.log(`Cloudflare Access emulator at ${url}`)
  child.stdout.destroy()
  child.unref()
}

await start().catch((error) => fail(error.message))
