/** The handlers of all operations: from a resource's own file in this folder, else the common ones. */
import { api, collections, type Resources } from '../../contracts/api/operations.ts'
import type { EndpointGroup } from '../../contracts/declaration/endpoint.ts'
import type { ApiHandlers } from './context.ts'
import { crud } from './crud.ts'
import { own } from './own-handlers.ts'
import type { IsPlain } from './ways.ts'

type Api = typeof api
/** Groups that need nothing but their declaration. */
type Plain = {
  [N in keyof Resources]: IsPlain<Resources[N]> extends true ? N : never
}[keyof Resources]

type OwnHandlers = {
  readonly [N in Exclude<keyof Api, Plain>]: ApiHandlers<Api[N]>
} & { readonly [N in Plain]?: ApiHandlers<Api[N]> }

/**
 * A group that is missing here needs a file in this folder, named after it: `customPages` in custom-pages.ts. Then
 * `npm run docs` puts it into own-handlers.ts.
 */
const given: OwnHandlers = own

function handlersOf(name: string): ApiHandlers<EndpointGroup> | undefined {
  const declared = collections.find((each) => each.name === name)
  return declared === undefined ? undefined : { ...crud(declared) }
}

const byName: Readonly<Record<string, object | undefined>> = given

/** Handlers by group and name. Their types come from the same declarations. */
export const handlers = Object.fromEntries(
  Object.keys(api).map((name) => [name, byName[name] ?? handlersOf(name)]),
) as unknown as { readonly [N in keyof Api]: ApiHandlers<Api[N]> }
