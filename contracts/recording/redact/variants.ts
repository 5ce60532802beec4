/** The forms in which a value may appear. */

/** The value as written in a URL, in JSON, in base64, in HTML. */
export function variants(value: string): readonly string[] {
  const base64 = base64Of(value)
  // JSON can hold a lone surrogate, a URL cannot.
  const whole = value.replaceAll(/\p{Surrogate}/gu, '\ufffd')
  return [
    value,
    encodeURIComponent(whole),
    new URLSearchParams({ _: value }).toString().slice(2),
    inJson(value),
    // A JSON body within a HAR.
    inJson(inJson(value)),
    base64,
    base64.replace(/=+$/, ''),
    base64.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'),
    value.replaceAll('&', '&amp;'),
  ]
}

/** Base64 of the UTF-8 bytes, without Node's Buffer, because contracts run anywhere. */
function base64Of(text: string): string {
  return btoa(
    Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''),
  )
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
