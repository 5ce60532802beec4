/** Timestamps in the formats of the API (api-timestamps). */

/** Second precision with `Z`. */
export function timestampAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** Without trailing zeros in the fraction, as recorded for DNS records. */
export function shortTimestampAt(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z')
}

/** With microseconds, as in `last_key_rotation_at`. */
export function preciseTimestampAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`
}
