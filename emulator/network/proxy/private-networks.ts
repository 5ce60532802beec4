/** Addresses of this machine and of private networks, to which no name may lead a client. */
import { BlockList, isIP, isIPv6 } from 'node:net'

/** This machine. */
const thisMachine = [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['::', 127],
] as const

/** Private, shared, link-local, benchmarking, multicast and reserved (RFC 6890), and IPv6 forms that embed such IPv4 addresses. */
const privateNetworks = [
  ...thisMachine,
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
  ['64:ff9b::', 96],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

function listOf(networks: readonly (readonly [string, number])[]): (address: string) => boolean {
  const list = new BlockList()
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family(network))
  return (address) => list.check(address, family(address))
}

const isThisMachine = listOf(thisMachine)
export const isPrivateAddress = listOf(privateNetworks)

/** An address, or a network such as `10.0.0.0/8`; empty for anything else. */
function readNetwork(text: string): (readonly [string, number])[] {
  const [address = '', length, ...rest] = text.split('/')
  const longest = isIP(address) === 6 ? 128 : 32
  if (isIP(address) === 0 || rest.length > 0) return []
  if (length === undefined) return [[address, longest]]
  return /^\d{1,3}$/.test(length) && Number(length) <= longest ? [[address, Number(length)]] : []
}

/** Whether `entries` list an address or its network; their host names are ignored. Never true for this machine. */
export function namedAddresses(entries: readonly string[]): (address: string) => boolean {
  const isNamed = listOf(entries.flatMap(readNetwork))
  return (address) => isNamed(address) && !isThisMachine(address)
}
