/** Removes users from their seats. Their sessions go on: the next login takes a seat again (api-seats). */
import type { seats as contract, Seat } from '../../contracts/api/seats.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { seatOf } from '../account/users.ts'
import type { UserRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { type ApiHandlers, nowOf } from './context.ts'

/** Both must be false; anything else leaves the seat as it is (api-seats-taken-by-login). */
function edited(
  user: UserRow,
  { access_seat, gateway_seat }: Pick<Seat, 'access_seat' | 'gateway_seat'>,
  updated_at: string,
): UserRow {
  return access_seat || gateway_seat ? user : { ...user, access_seat, gateway_seat, updated_at }
}

export const seats: ApiHandlers<typeof contract> = {
  edit({ body }, context) {
    const { account, world } = context
    const bySeat = new Map(
      account.state.tables.users.all().map((user) => [seatOf(account, world, user), user]),
    )
    const result: Seat[] = []
    const changes: Change[] = []
    for (const item of body) {
      const user = bySeat.get(item.seat_uid)
      if (user === undefined) return fail('not_found')
      const put = edited(user, item, nowOf(context))
      const { access_seat = true, gateway_seat = false, created_at, updated_at = created_at } = put
      result.push({ access_seat, gateway_seat, created_at, seat_uid: item.seat_uid, updated_at })
      changes.push({ table: 'users', put })
    }
    return { result, changes }
  },
}
