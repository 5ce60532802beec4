/** The forms in which one value travels. */

/** As it stands in a URL, in JSON, in base64, in HTML. */
export function variants(value: string): readonly string[] {
  const base64 = base64Of(value)
  // JSON can write half a character, which no URL can.
  const whole = value.replaceAll(/\p{Surrogate}/gu, '\ufffd')
  return [
    value,
    encodeURIComponent(whole),
    new URLSearchParams({ _: value }).toString().slice(2),
    inJson(value),
    // A body of JSON within a HAR.
    inJson(inJson(value)),
    base64,
    base64.replace(/=+$/, ''),
    base64.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'),
    value.replaceAll('&', '&amp;'),
  ]
}

/** Of its bytes as UTF-8; without Node's Buffer, for contracts run anywhere. */
function base64Of(text: string): string {
  return btoa(
    Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''),
  )
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
