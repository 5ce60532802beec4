/** Where to connect to for a URL. */
export function endpointOf({ hostname, port, protocol }: URL): {
  readonly host: string
  readonly port: number
} {
  return {
    // An IPv6 address stands in brackets.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
  }
}
