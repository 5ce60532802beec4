/** The greeting at start: where the emulator listens, and commands to copy that work. */
import type { Emulator } from '../instance/emulator.ts'

export interface Started {
  readonly profile: string
  readonly seed: string
  /** Each as `HOST=URL`. */
  readonly origins: readonly string[]
  /** Each as `HOST=WORKER`. */
  readonly workers: readonly string[]
  /** The HAR file that is replayed. */
  readonly replay: string | undefined
  /** Whether strangers use it side by side: its secrets are then not for the log. */
  readonly shared: boolean
}

export function greeting(
  emulator: Emulator,
  { profile, seed, origins, workers, replay, shared }: Started,
): string {
  const more = [
    ...origins.map((origin) => `  origin   ${origin.replace('=', ' -> ')}\n`),
    ...workers.map((worker) => `  worker   ${worker.replace('=', ' is ')}\n`),
    ...(replay === undefined ? [] : [`  replay   ${replay}; the emulator answers the rest\n`]),
  ]
  const head = `Cloudflare Access emulator at ${emulator.url}, profile ${profile}, seed ${seed}.

  API      ${emulator.url}/client/v4
  control  ${emulator.url}/__access (open it in a browser to see each request, and why it was answered so)
${more.join('')}`
  if (shared) {
    return `${head}
Shared: the control API requires a token from everywhere. Take an account, which ends after a day:
  curl -s -H "Authorization: Bearer $ACCESS_EMULATOR_ADMIN_TOKEN" -H 'content-type: application/json' -d '{"name":"mine"}' ${emulator.url}/__access/accounts
`
  }
  const account = emulator.accounts()[0]
  if (account === undefined) {
    return `${head}
There is no account yet. Create one:
  curl -s -H 'content-type: application/json' -d '{"name":"mine"}' ${emulator.url}/__access/accounts
`
  }
  const application = account.applications[0]
  const pair = account.service_tokens[0]
  const api = `
List the applications of account ${account.id}:
  curl -s -H 'Authorization: Bearer ${account.api_token}' ${emulator.url}/client/v4/accounts/${account.id}/access/apps
`
  if (!application?.domain || pair === undefined) return head + api
  const host = `-H 'Host: ${application.domain}'`
  const headers = `-H 'CF-Access-Client-Id: ${pair.client_id}' -H 'CF-Access-Client-Secret: ${pair.client_secret}'`
  const exchange =
    profile === 'expected'
      ? `
Exchange the service token for a JWT (this endpoint exists only in profile expected):
  TOKEN=$(curl -s -X POST ${host} ${headers} ${emulator.url}/cdn-cgi/access/service/auth | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

With the JWT, 200:
  curl -s -o /dev/null -w '%{http_code}\\n' ${host} -H "CF-Access-Jwt-Assertion: $TOKEN" ${emulator.url}/
`
      : `
With the service token, as real Cloudflare expects it:
  curl -s -o /dev/null -w '%{http_code}\\n' ${host} ${headers} ${emulator.url}/
`
  const without = `
Without credentials, refused:
  curl -s -o /dev/null -w '%{http_code}\\n' ${host} ${emulator.url}/
`
  return head + api + exchange + without
}
