/** The log of the command line: JSON lines on stderr, with secrets cut out by the names they go under. */
import pino from 'pino'
import type { Log } from '../log.ts'
import { secretFields } from './secret-fields.ts'

export function createLog(): Log {
  const redact = secretFields.flatMap((name) => [name, `*.${name}`])
  return pino({ base: null, redact }, pino.destination({ dest: 2, sync: true }))
}
