/** Fields that are redacted from every log line. */
export const secretFields: readonly string[] = [
  'client_secret',
  'token',
  'api_token',
  'admin_token',
  'authorization',
  'cookie',
]

export function isSecretField(name: string): boolean {
  return secretFields.includes(name)
}
