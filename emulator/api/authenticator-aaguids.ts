/** Models of FIDO2 authenticators: those of the official document's example (api-authenticator-aaguids-known). */
import type { authenticatorAaguids as contract } from '../../contracts/api/authenticator-aaguids.ts'
import type { ApiHandlers } from './context.ts'

const known = [
  { aaguid: '2fc0579f-8113-47ea-b116-bb5a8db9202a', name: 'YubiKey 5 NFC' },
  { aaguid: 'fcb1bcb4-f370-078c-6993-bc24d0ae3fbe', name: 'Ledger Nano X FIDO2 Authenticator' },
]

export const authenticatorAaguids: ApiHandlers<typeof contract> = {
  list: () => ({ result: known }),
}
