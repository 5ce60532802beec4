/** HTTP dates (IMF-fixdate). They have whole seconds, so the text is reused within a second. */

let second = Number.NaN
let text = ''

export function httpDate(ms: number): string {
  const wanted = Math.floor(ms / 1000)
  if (wanted !== second) {
    text = new Date(ms).toUTCString()
    second = wanted
  }
  return text
}
