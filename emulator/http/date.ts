/** The date of HTTP (IMF-fixdate): it has whole seconds, so the text of a second serves all its answers. */

let second = Number.NaN
let text = ''

export function httpDate(ms: number): string {
  const asked = Math.floor(ms / 1000)
  if (asked !== second) {
    text = new Date(ms).toUTCString()
    second = asked
  }
  return text
}
