/** The command `evidence URL`: writes a folder or an archive that support can work with. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { parseJson } from '../../contracts/declaration/json.ts'
import type { HttpExchange } from '../../contracts/recording/exchange.ts'
import { createApiReader } from '../api/reader.ts'
import { addFlags, type Io, type SharedFlags, warnOfSecrets } from '../cli/options.ts'
import { pairFrom } from '../target/credentials.ts'
import { applicationUrl, type Target, targetFrom } from '../target/target.ts'
import { teamDomain } from '../target/team.ts'
import { systemClock, timestampOf } from '../transport/clock.ts'
import { readVariable, variables } from '../transport/environment.ts'
import { AccessError, AccessUsageError, withoutQuery } from '../transport/errors.ts'
import { version } from '../transport/version.ts'
import type { KnownSecret } from './bundle.ts'
import type { Gathered } from './gather.ts'
import type { CapturedTraffic } from './recording.ts'

interface EvidenceFlags extends SharedFlags {
  readonly out: string
  readonly from?: string
  readonly redactIds?: true
}

const help = `
Exit codes: 0 written, 2 could not run or a secret would have been written.

Example:
  $ export CF_ACCESS_CLIENT_ID=… CF_ACCESS_CLIENT_SECRET=…
  $ access-client evidence https://app.example.com/ --target live --out evidence.zip
  $ access-client evidence --from capture.har --out evidence`

export function addEvidence(program: Command, io: Io, done: (code: number) => void): void {
  addFlags(program.command('evidence [url]'))
    .description(
      'Requests a URL in every way that a machine can, and writes the results for support, secrets redacted.',
    )
    .requiredOption('-o, --out <path>', 'a folder, or an archive if the name ends in .zip')
    .option('--from <har>', 'use requests captured by a browser instead of sending new ones')
    .option('--redact-ids', 'also hide the ids of accounts, applications and tokens')
    .addHelpText('after', help)
    .action(async (url: string | undefined, flags: EvidenceFlags) => {
      await evidence(url, flags, io)
      done(0)
    })
}

async function evidence(given: string | undefined, flags: EvidenceFlags, io: Io): Promise<void> {
  warnOfSecrets(flags, io)
  const { env, clock = systemClock } = io
  const [{ bundle, writeBundle }, { recording: record }] = await Promise.all([
    import('./bundle.ts'),
    import('./recording.ts'),
  ])
  const captured = flags.from === undefined ? undefined : await capturedIn(flags.from)
  // Browsers also capture requests of their extensions.
  const address = given ?? captured?.find(({ url }) => /^https?:/.test(url))?.url
  if (address === undefined) {
    const what = captured === undefined ? 'The URL is missing.' : 'The HAR contains no request.'
    throw new AccessUsageError({ what, todo: 'Give a URL, or a HAR with requests in --from.' })
  }
  const target = targetFrom({ ...flags, fetch: io.fetch, env })
  // Nothing is sent to a captured URL, so it need not be safe for a secret.
  const url = given === undefined ? new URL(address) : applicationUrl(address, target)
  const at = timestampOf(clock.now() / 1000)
  const recording = record(target.fetch, clock)
  const secrets = secretsOf(flags, io)
  const gathered =
    captured === undefined ? await gatherFrom(url, flags, io, { target, recording }) : nothing
  const diagnosis = await diagnosisOf(given, flags, io, { target, recording })
  const exchanges = [...(captured ?? []), ...recording.exchanges]
  const files = bundle({
    url: withoutQuery(url),
    at,
    account_id: flags.accountId ?? readVariable(env, 'account_id'),
    gathered,
    exchanges,
    diagnosis,
    versions: {
      'access-client': version,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
    secrets,
    hidesIds: flags.redactIds === true,
  })
  if (/\.zip$/i.test(flags.out)) {
    const { writeArchive } = await import('./archive.ts')
    await writeArchive(files, flags.out, clock.now())
  } else {
    await writeBundle(files, flags.out)
  }
  io.err(`${files.size} files in ${flags.out}; start with report.md\n`)
}

const nothing: Gathered = {
  steps: [],
  aud: undefined,
  team: undefined,
  offsetMs: undefined,
  isApiAsked: false,
  account: {},
  unread: [],
  drift: [],
}

interface Through {
  readonly target: Target
  readonly recording: CapturedTraffic
}

async function gatherFrom(
  url: URL,
  flags: EvidenceFlags,
  io: Io,
  { target, recording }: Through,
): Promise<Gathered> {
  const { gather } = await import('./gather.ts')
  const { env, clock = systemClock } = io
  const { client_id, client_secret, account_id, apiToken } = given(flags, io)
  return await gather({
    url,
    target,
    recording,
    clock,
    pair:
      client_id === undefined || client_secret === undefined
        ? undefined
        : pairFrom({ client_id, client_secret }),
    api:
      account_id === undefined || apiToken === undefined
        ? undefined
        : createApiReader({
            target: { ...target, fetch: recording.fetch },
            account_id,
            apiToken,
            env,
            clock,
          }),
    aud: flags.aud,
    team: flags.team === undefined ? undefined : teamDomain(flags.team),
  })
}

/** The doctor's diagnosis; its probes are among the exchanges. If it cannot run, the evidence goes without one. */
async function diagnosisOf(
  url: string | undefined,
  flags: EvidenceFlags,
  io: Io,
  { target, recording }: Through,
) {
  if (url === undefined) return undefined
  const { diagnose } = await import('../doctor/diagnose.ts')
  const { client_id, client_secret, account_id, apiToken } = given(flags, io)
  recording.about('probe of the diagnosis')
  try {
    return await diagnose({
      url,
      target: { ...target, fetch: recording.fetch },
      credentials: { client_id, client_secret },
      api:
        account_id === undefined || apiToken === undefined ? undefined : { account_id, apiToken },
      aud: flags.aud,
      team: flags.team,
      observed: flags.from === undefined ? undefined : await readFile(flags.from, 'utf8'),
      clock: io.clock,
      // The evidence contains only requests that Cloudflare would get too.
      advice: false,
    })
  } catch (error) {
    if (!(error instanceof AccessError)) throw error
    io.err(`no diagnosis: ${error.message}\n`)
    return undefined
  }
}

function given(flags: SharedFlags, { env }: Io) {
  return {
    client_id: flags.clientId ?? readVariable(env, 'client_id'),
    client_secret: flags.clientSecret ?? readVariable(env, 'client_secret'),
    account_id: flags.accountId ?? readVariable(env, 'account_id'),
    apiToken: flags.apiToken ?? readVariable(env, 'api_token'),
  }
}

/** The secrets in flags and environment, none of which may appear in any file. */
export function secretsOf(flags: SharedFlags, io: Io): KnownSecret[] {
  const { client_secret, apiToken } = given(flags, io)
  return [
    ...(client_secret === undefined
      ? []
      : [{ type: 'client_secret', value: client_secret, variable: variables.client_secret }]),
    ...(apiToken === undefined
      ? []
      : [{ type: 'api_token', value: apiToken, variable: variables.api_token }]),
  ]
}

async function capturedIn(file: string): Promise<readonly HttpExchange[]> {
  const { exchangesFrom } = await import('../../contracts/recording/har.ts')
  const text = await readFile(file, 'utf8').catch(() => {
    throw new AccessUsageError({ what: `${file} cannot be read.`, todo: 'Give a HAR with --from.' })
  })
  const exchanges = exchangesFrom(parseJson(text))
  if (exchanges !== undefined) return exchanges
  throw new AccessUsageError({
    what: 'The file is not a HAR.',
    todo: 'Save one from the network panel of the browser.',
  })
}
