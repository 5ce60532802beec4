/** What every log has in common that outlives the process, in a folder or in a database. */
import type { ChangeLog, LogRecord } from './log.ts'
import { CorruptLine, type LogHeader, NewerLog, type Replayed, replay } from './replay.ts'

/** Why a state cannot be used, as a message for the user. */
export class StateProblem extends Error {}

/** A log that outlives the process. Its writers come one after the other. */
export interface DurableLog extends ChangeLog {
  /** What it holds; undefined if it is new. */
  readonly found: Replayed | undefined
  /** Rewrites the log, one record per account; in Postgres, only a new one. Changes are stored from then on, and not before. */
  begin(
    origin: Omit<LogHeader, 'access_emulator_log'>,
    records: readonly LogRecord[],
  ): Promise<void>
}

export interface Reports {
  /** Called for a truncated last line. */
  warn(message: string): void
  /** Called when writes begin to fail. */
  failed(error: Error): void
  /** Called once writes are stored again. */
  recovered(): void
}

/** How messages name a log and its parts. */
export interface NamedLog {
  readonly name: string
  lineAt(line: number): string
  /** Another place for a state. */
  readonly another: string
  /** What to do if it is not valid. */
  readonly repair: string
}

/** The accounts as a log leaves them. @throws StateProblem */
export function readLog(log: Buffer, { name, lineAt, another, repair }: NamedLog): Replayed {
  try {
    return replay(log)
  } catch (error) {
    if (error instanceof NewerLog) {
      const advice = `Start that release or a newer one, or give --state ${another}.`
      throw new StateProblem(`${name}: ${error.message}. ${advice}`)
    }
    if (!(error instanceof CorruptLine)) throw error
    throw new StateProblem(`${lineAt(error.line)}: ${error.message}. ${repair}`)
  }
}

/**
 * Uses a folder or a database.
 *
 * @param inWords says what happened; undefined for what is no fault of the place, which is thrown as it is
 * @throws StateProblem instead of an error of the system or the driver
 */
export async function orStateProblem<T>(
  use: () => Promise<T>,
  inWords: (error: unknown) => string | undefined,
): Promise<T> {
  try {
    return await use()
  } catch (error) {
    const text = error instanceof StateProblem ? undefined : inWords(error)
    throw text === undefined ? error : new StateProblem(text)
  }
}
