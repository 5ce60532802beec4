/** Whether an address is in a network, both as text. */
import { BlockList, isIPv4 } from 'node:net'

export function inNetwork(address: string, network: string): boolean {
  const family = (text: string) => (isIPv4(text) ? 'ipv4' : 'ipv6')
  const [base = '', bits] = network.split('/')
  if (family(base) !== family(address)) return false
  const list = new BlockList()
  if (bits === undefined) list.addAddress(base, family(base))
  else list.addSubnet(base, Number(bits), family(base))
  return list.check(address, family(address))
}
