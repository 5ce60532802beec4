/** The SSH certificate authority of an account: at most one. */
import type { gatewayCas as contract } from '../../contracts/api/gateway-cas.ts'
import { fail } from '../../contracts/errors.ts'
import { hex } from '../ids.ts'
import { authorityOf } from '../ssh/authority.ts'
import type { GatewayCaRow } from '../state/rows.ts'
import type { ApiHandlers } from './context.ts'

function view({ id, secret }: GatewayCaRow) {
  return { id, public_key: authorityOf(Buffer.from(secret, 'hex')).publicKey }
}

export const gatewayCas: ApiHandlers<typeof contract> = {
  list: (_call, { account }) => ({ result: account.state.tables.gateway_cas.all().map(view) }),
  create(_call, { account }) {
    if (account.state.tables.gateway_cas.size > 0) return fail('conflict', 'there is a CA already')
    const minted = account.mint('gateway_ca', '')
    const row = { id: minted.id, secret: hex(minted.bytes(48, 'key')) }
    return { result: view(row), changes: [minted.change, { table: 'gateway_cas', put: row }] }
  },
  delete({ params: { gateway_ca_id: id } }, { account }) {
    if (account.state.tables.gateway_cas.get(id) === undefined) return fail('not_found')
    return { result: { id }, changes: [{ table: 'gateway_cas', delete: id }] }
  },
}
