/** Times as the API writes them (api-timestamps). */

/** Second precision with `Z`. */
export function timestampAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** As precise as need be: no trailing zeros in the fraction, as DNS records were seen. */
export function shortTimestampAt(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z')
}

/** Microseconds, as `last_key_rotation_at` has them. */
export function preciseTimestampAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`
}
