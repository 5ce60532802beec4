/** One-time PINs, read from the emulator in place of a mailbox. */
import type { Emulator } from '../../instance/emulator.ts'

export interface AccessPins {
  /**
   * The PIN that an address was sent last.
   * @throws Error if none was requested, it was used, or no policy admits the address, so that Cloudflare sends none
   */
  of(email: string): Promise<string>
}

export function pinsOf({ accounts, control }: Emulator): AccessPins {
  return {
    async of(email) {
      const asked = await Promise.all(
        accounts().map(({ id }) => control.listPins({ query: { account: id, email } })),
      )
      const last = asked
        .flatMap(({ result }) => result)
        .reduce<RequestedPin | undefined>(
          (latest, each) => (latest && latest.asked_at > each.asked_at ? latest : each),
          undefined,
        )
      if (last === undefined) throw new Error(`No One-time PIN was requested for ${email}.`)
      if (last.used) throw new Error(`The last One-time PIN of ${email} has been used.`)
      if (last.pin !== null) return last.pin
      throw new Error(
        `Access sends no One-time PIN to ${email}: no policy of the application on ${last.hostname} admits that address.`,
      )
    },
  }
}

type RequestedPin = Awaited<ReturnType<Emulator['control']['listPins']>>['result'][number]
