/** What every log has in common that outlives the process, in a folder or in a database. */
import type { ChangeLog, LogRecord } from './log.ts'
import type { LogHeader, Replayed } from './replay.ts'

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
