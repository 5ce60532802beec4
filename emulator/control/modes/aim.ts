/** Aims a mode of the API at an operation, or at every operation that one permission group alone permits. */
import { keyFormOf, operations, pathsOf } from '../../../contracts/api/operations.ts'
import { permissionAt } from '../../../contracts/api/permissions.ts'
import type { ModeTarget } from '../../../contracts/control/shapes.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import { type Failure, fail, isFailure } from '../../../contracts/errors/errors.ts'
import { type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import type { FaultRecipe, Mode } from '../../../contracts/modes/mode.ts'

/** The catalogue's row, with its fault and its request moved to the target. */
export function aimed(
  id: ModeId,
  { operation, permission }: ModeTarget,
): Mode | Failure<'bad_request'> {
  const mode = modes[id]
  if (operation === undefined && permission === undefined) return mode
  const fault = faultOfApi(mode)
  if (fault === undefined)
    return fail('bad_request', `Mode ${id} concerns no operation of the API.`)
  const { effect } = fault
  const endpoints = concerned({ operation, permission })
  if (isFailure(endpoints)) return endpoints
  const isOfPermission = effect.kind === 'failure' && effect.failure === 'permission_missing'
  if (permission !== undefined && !isOfPermission) {
    return fail('bad_request', `Mode ${id} concerns no permission: name an operation.`)
  }
  const [first] = endpoints
  return {
    ...mode,
    setup: { ...mode.setup, faults: endpoints.map((each) => ({ at: each.id, effect })) },
    request: { to: 'api', method: first.method, path: exampleOf(first) },
  }
}

function faultOfApi({ setup }: Mode): FaultRecipe | undefined {
  return setup.faults?.find(({ at }) => operations.some(({ id }) => id === at))
}

function concerned({
  operation,
  permission,
}: Pick<ModeTarget, 'operation' | 'permission'>):
  | readonly [Endpoint, ...Endpoint[]]
  | Failure<'bad_request'> {
  if (operation !== undefined && permission !== undefined) {
    return fail('bad_request', 'Name an operation or a permission, not both.')
  }
  const [first, ...others] = operations.filter((each) =>
    permission === undefined ? each.id === operation : isOnlyPermittedBy(each, permission),
  )
  if (first !== undefined) return [first, ...others]
  return permission === undefined
    ? fail('bad_request', `There is no operation "${operation}". docs/operations.md lists them.`)
    : fail(
        'bad_request',
        `No operation needs the permission group "${permission}" alone. docs/api-tokens.md lists them.`,
      )
}

function isOnlyPermittedBy(endpoint: Endpoint, permission: string): boolean {
  return pathsOf(endpoint).every((path) => {
    const { groups } = permissionAt(endpoint.method, path)
    return groups.length === 1 && groups[0] === permission
  })
}

/** The fault answers before any id is looked up: it only needs the form of one. */
function exampleOf(endpoint: Endpoint): string {
  const [path = ''] = pathsOf(endpoint)
  return path.replaceAll(/\{(\w+)\}/g, (given, name: string) => {
    if (name === 'account_id' || name === 'zone_id') return given
    return keyFormOf(name) === 'hex32' ? '{unknown_account_id}' : '{unknown_id}'
  })
}
