/** Secrets of a seed file that stand in the environment: a string that is wholly `${NAME}` is that variable's value. */
import type { SeedPath } from './names.ts'

export interface Variables {
  readonly data: unknown
  /** The first variable that is not set. */
  readonly missing: { readonly path: SeedPath; readonly name: string } | undefined
}

const reference = /^\$\{([A-Za-z_]\w*)\}$/

export function withVariables(data: unknown, environment: NodeJS.ProcessEnv): Variables {
  let missing: Variables['missing']
  const replaced = (value: unknown, path: SeedPath): unknown => {
    if (Array.isArray(value)) {
      return value.map((item: unknown, index) => replaced(item, [...path, index]))
    }
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, replaced(inner, [...path, key])]),
      )
    }
    const name = typeof value === 'string' ? reference.exec(value)?.[1] : undefined
    if (name === undefined) return value
    if (environment[name] === undefined) missing ??= { path, name }
    return environment[name]
  }
  return { data: replaced(data, []), missing }
}
