/** Where an account redirects denied requests (edge-custom-denial). */

/** A `Location` that starts no other header. Schemes other than http(s) are ignored (edge-custom-denial-url). */
export function denialUrl(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\/[^\s\p{Cc}]+$/iu.test(url) && URL.canParse(url)
    ? url
    : undefined
}
