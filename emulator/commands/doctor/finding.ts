/** One thing that `access-emulator doctor` checked. */
export interface MachineFinding {
  readonly id: string
  readonly ok: boolean
  readonly says: string
  /** What to do about it, if anything. */
  readonly fix?: string
}

/** The way to reach the emulator under the real names, for a `fix`. */
export const setUp = 'access-emulator run -- CMD, or eval "$(access-emulator env)" in this shell.'
