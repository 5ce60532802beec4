/** The options that say which accounts there are at start, and where they are kept. */
import type { SeedInput } from '../../contracts/control/seed.ts'

export interface SeedOptions {
  /**
   * The accounts to start with: a named seed (`example`, `ticket`, `empty`), the path of a YAML or JSON file, or the data.
   * Default: `empty` (on the command line, `example`).
   */
  readonly seed?: string | SeedInput
  /**
   * The path of a HAR file to replay: requests that it recorded get its answers, as faults, at start and after every reset;
   * the emulator answers the rest.
   */
  readonly replay?: string
  /** ISO 8601 with seconds and zone: freezes the clock at that time; with a trailing `+`, it runs from there. */
  readonly at?: string
  /** The text that ids, secrets, rays and keys derive from: the same text gives the same ones. Default: random. */
  readonly entropy?: string
  /** Generates signing keys instead of using the published ones. Default: false. */
  readonly freshKeys?: boolean
  /**
   * For an emulator that strangers use side by side: the control API requires a token from everywhere, entropy and signing
   * keys are its own, and accounts that are made have an end and a limit. Needs `adminToken`. Default: false.
   */
  readonly shared?: boolean
  /** Keeps the published signing keys and the secrets of a named seed in a shared emulator, where anybody knows them. Default: false. */
  readonly publicSecrets?: boolean
  /**
   * A folder or a Postgres database (`postgres://…`, with the `PG*` variables) for a durable log of changes: rows, and what
   * the control API has set (behaviours, faults, modes). A folder does not hold the clock, the journal, or how often a fault
   * acted, and one emulator at a time uses it; a database has any number. Default: everything is kept in memory.
   */
  readonly state?: string
}
