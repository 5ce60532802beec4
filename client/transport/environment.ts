/** The environment variables that the client reads. */

export const variables = {
  target: 'ACCESS_TARGET',
  emulator: 'ACCESS_EMULATOR_URL',
  admin_token: 'ACCESS_EMULATOR_ADMIN_TOKEN',
  client_id: 'CF_ACCESS_CLIENT_ID',
  client_secret: 'CF_ACCESS_CLIENT_SECRET',
  account_id: 'CLOUDFLARE_ACCOUNT_ID',
  api_token: 'CLOUDFLARE_API_TOKEN',
} as const

export type Environment = Readonly<Record<string, string | undefined>>

/** An empty variable counts as absent. */
export function readVariable(
  env: Environment | undefined,
  name: keyof typeof variables,
): string | undefined {
  const text = (env ?? process.env)[variables[name]]
  return text === '' ? undefined : text
}
