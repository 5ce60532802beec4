/** One thing that `access-emulator doctor` looked at. */
export interface MachineFinding {
  readonly id: string
  readonly ok: boolean
  readonly says: string
  /** What to do; where there is something to do. */
  readonly fix?: string
}
