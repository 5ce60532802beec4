/** What the terminal shows: a QR code of the page, and its address to type. */

export async function phoneText(url: string, isTerminal: boolean): Promise<string> {
  const { renderANSI, renderUnicodeCompact } = await import('uqr')
  // Without colours, a light module is the terminal's own foreground: right where that is light, as it mostly is.
  const code = isTerminal
    ? renderANSI(url, { border: 2 })
    : renderUnicodeCompact(url, { border: 2 })
  return `${code}
Scan it with the phone, or open ${url}
It has the certificate to trust, the proxy settings, and the steps for iOS and Android. Everyone on this network can read it;
it has no secret. Leave this running, for the phone reads its proxy settings anew from time to time; stop it with Ctrl-C.
`
}
