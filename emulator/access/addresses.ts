/** Tests whether an address is in one of several ranges: IPv4 or IPv6, single addresses or CIDR. */
import ipaddr from 'ipaddr.js'

/** An unknown address or a malformed range is reported, not treated as outside. */
export function placeAmong(
  ip: string | undefined,
  ranges: readonly string[],
): 'inside' | 'outside' | 'ip_unknown' | 'ip_malformed' {
  const address = ip === undefined ? undefined : parseAddress(ip)
  if (address === undefined) return 'ip_unknown'
  const parsed = ranges.map(parseRange)
  const isInside = parsed.some(
    (range) =>
      range !== undefined &&
      range[0].kind() === address.kind() &&
      address.match(range[0], range[1]),
  )
  if (isInside) return 'inside'
  return parsed.includes(undefined) ? 'ip_malformed' : 'outside'
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Parses an address; IPv4 mapped into IPv6 becomes IPv4. Stricter than the library, which also accepts `10` or `010.1`. */
function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  return ipaddr.IPv6.isValid(text) ? ipaddr.process(text) : undefined
}

/** Addresses of one family compare as these numbers; undefined if the text is no address. */
export function addressNumber(text: string): bigint | undefined {
  const bytes = parseAddress(text)?.toByteArray()
  return bytes === undefined ? undefined : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function parseRange(text: string): readonly [Address, number] | undefined {
  const [base = '', bits, ...rest] = text.split('/')
  const address = parseAddress(base)
  if (address === undefined || rest.length > 0) return undefined
  const width = address.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return [address, width]
  const mapped = base.includes(':') && width === 32 ? 96 : 0
  const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) - mapped : -1
  return prefix >= 0 && prefix <= width ? [address, prefix] : undefined
}
