/** The end of the job: writes what was refused and why to its summary, and stops the emulator. */
import { execFile } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { state } from './runner.mjs'

const [pid, url, script, log] = ['pid', 'url', 'script', 'log'].map(state)

/** Only says what went wrong: a summary must not fail a job. */
async function summary(...flags) {
  const run = promisify(execFile)
  const args = [script, 'summary', '--url', url, ...flags]
  // The job's proxy variables are of no use here.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME }
  return run(process.execPath, args, { env }).then(
    ({ stdout }) => stdout,
    ({ stderr }) => `${stderr}`,
  )
}

/** Waits until nothing answers there any more, for at most five seconds. */
async function ended() {
  for (const end = Date.now() + 5_000; Date.now() < end; await wait(50)) {
    const answers = await fetch(`${url}/__access/health`).then(
      () => true,
      () => false,
    )
    if (!answers) return
  }
}

// Without an address it never started, and has said why.
if (url !== '') {
  process.stdout.write(await summary())
  const page = process.env.GITHUB_STEP_SUMMARY
  if (page) appendFileSync(page, await summary('--markdown'))
  const said = readFileSync(log, 'utf8').trim()
  if (said !== '') console.log(`::group::What the emulator said\n${said}\n::endgroup::`)
  try {
    process.kill(Number(pid), 'SIGTERM')
    await ended()
  } catch {
    console.log('The emulator had ended before.')
  }
}
