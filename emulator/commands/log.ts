/** The log of the command line: JSON lines on stderr, with secrets cut out by the names they go under. */
import pino from 'pino'
import type { Log } from '../log.ts'

const secret = ['client_secret', 'token', 'api_token', 'authorization', 'cookie']

export function createLog(): Log {
  const redact = secret.flatMap((name) => [name, `*.${name}`])
  return pino({ base: null, redact }, pino.destination({ dest: 2, sync: true }))
}
