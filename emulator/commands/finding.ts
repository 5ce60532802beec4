/** One thing that `access-emulator doctor` checked. */
export interface MachineFinding {
  readonly id: string
  readonly ok: boolean
  readonly says: string
  /** What to do about it, if anything. */
  readonly fix?: string
}
