/** One object of each declared resource, so that tests cover new resources automatically. */
import { inOrderOfMaking } from '../../contracts/api/making-order.ts'
import { newBody } from '../../contracts/api/new-body.ts'
import { type Creatable, isCreatable } from '../../contracts/declaration/resource.ts'
import type { Emulator } from '../../emulator/index.ts'

type Kept = ReturnType<typeof inOrderOfMaking>[number]

/** Path of its list below `/client/v4`; of an object that an account has once, of the object. */
export function pathOf(
  emulator: Emulator,
  resource: Pick<Kept, 'operations'> & { readonly scope?: string },
): string {
  const { id, zones } = emulator.account
  const scope = resource.scope === 'zone' ? `/zones/${zones[0]?.id}` : `/accounts/${id}`
  return `${scope}${resource.operations.create?.path ?? ''}`
}

/** Creates one of each whose table `isWanted`. @throws Error if one is refused */
export async function createOneOfEach(
  emulator: Emulator,
  isWanted: (table: string) => boolean = () => true,
): Promise<void> {
  for (const resource of inOrderOfMaking()) {
    if (!isCreatable(resource) || !isWanted(resource.table)) continue
    await createOne(emulator, resource, `one-${resource.table.replaceAll('_', '-')}`)
  }
}

/** Creates one, and what its body names; returns its key. `label` begins the name of its host. */
async function createOne(emulator: Emulator, resource: Creatable, label: string): Promise<string> {
  const zone = emulator.account.zones[0]?.name ?? ''
  const fresh = { name: (what: string) => `one ${what}`, host: () => `${label}.${zone}` }
  const body = await newBody(resource, fresh, (named) => createOne(emulator, named, `of-${label}`))
  const answer = await emulator.fetch(
    `https://api.cloudflare.com/client/v4${pathOf(emulator, resource)}`,
    {
      method: 'POST',
      headers: {
        authorization: `Bearer ${emulator.account.api_token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    },
  )
  const text = await answer.text()
  if (!answer.ok) {
    throw new Error(
      `The body of lifeCycle in the declaration of ${resource.name} is refused: ${text}`,
    )
  }
  return String(Object(JSON.parse(text)).result[resource.key ?? 'id'])
}
