/** What an account that is made while the emulator runs begins with. */
export interface AccountTemplate {
  readonly name: string
  /** A named seed, of which the first account is meant, or the account itself. */
  readonly seed: string | Readonly<Record<string, unknown>>
  /** Put before the names of its zones and of its team. */
  readonly prefix: string | undefined
}
