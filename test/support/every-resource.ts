/** One object of each declared resource, so that tests cover new resources automatically. */
import { inOrderOfMaking } from '../../contracts/api/making-order.ts'
import { isCollection, isInZone } from '../../contracts/resource.ts'
import type { Emulator } from '../../emulator/index.ts'

type Kept = ReturnType<typeof inOrderOfMaking>[number]

/** Path of its list below `/client/v4`; of an object that an account has once, of the object. */
export function pathOf(emulator: Emulator, resource: Kept): string {
  const { id, zones } = emulator.account
  const scope = isInZone(resource) ? `/zones/${zones[0]?.id}` : `/accounts/${id}`
  return `${scope}${resource.operations.create?.path ?? ''}`
}

/** Creates one of each whose table `isWanted`. @throws Error if one is refused */
export async function createOneOfEach(
  emulator: Emulator,
  isWanted: (table: string) => boolean = () => true,
): Promise<void> {
  const zone = emulator.account.zones[0]?.name ?? ''
  for (const resource of inOrderOfMaking()) {
    if (!isCollection(resource) || !isWanted(resource.table)) continue
    const body = resource.lifeCycle.body({
      name: (what) => `one ${what}`,
      host: () => `one-${resource.table.replaceAll('_', '-')}.${zone}`,
    })
    const url = `https://api.cloudflare.com/client/v4${pathOf(emulator, resource)}`
    const answer = await emulator.fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${emulator.account.api_token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    if (!answer.ok) {
      throw new Error(
        `The body of lifeCycle in the declaration of ${resource.name} is refused: ${await answer.text()}`,
      )
    }
  }
}
