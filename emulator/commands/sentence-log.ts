/** The log as sentences on stderr, for a person at a terminal; secret fields are left out by name. */
import type { Log } from '../world/log.ts'

/** Fields that are redacted from every log line. */
export const secretFields: readonly string[] = [
  'client_secret',
  'token',
  'api_token',
  'admin_token',
  'authorization',
  'cookie',
]

export function createSentenceLog(write: (text: string) => void): Log {
  const say = (fields: object, message: string) =>
    write(`access-emulator: ${message}${inBrackets(fields)}\n`)
  return {
    info: say,
    warn: say,
    error(fields, message) {
      say(fields, message)
      const { err }: { err?: unknown } = fields
      // A stack is shown for our own errors only.
      if (err instanceof Error) write(`${(err.stack ?? err.message).replaceAll(/^/gm, '  ')}\n`)
    },
  }
}

function inBrackets(fields: object): string {
  const known = Object.entries(fields)
    .filter(
      ([name, value]) => name !== 'err' && value !== undefined && !secretFields.includes(name),
    )
    .map(([name, value]) => `${name.replaceAll('_', ' ')}: ${String(value)}`)
  return known.length === 0 ? '' : ` (${known.join(', ')})`
}
