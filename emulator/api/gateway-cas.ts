/** The SSH certificate authority of an account: its key is made with it. */
import { gatewayCas as contract } from '../../contracts/api/gateway-cas.ts'
import { authorityOf } from '../crypto/ssh/authority.ts'
import { hex } from '../world/ids.ts'
import { crud } from './crud.ts'

export const gatewayCas = crud(contract, {
  derived: ({ secret }) => ({ public_key: authorityOf(Buffer.from(secret, 'hex')).publicKey }),
  minted: (bytes) => ({ secret: hex(bytes(48, 'key')) }),
})
