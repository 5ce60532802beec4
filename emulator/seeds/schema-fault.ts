/** The first mistake that a schema finds in a seed: its path and message, from the most likely branch of a union. */
import type { z } from 'zod'
import type { SeedPath } from './names.ts'

export interface SchemaFault {
  readonly path: SeedPath
  readonly message: string
}

export function firstFault(error: z.ZodError): SchemaFault {
  const [issue] = error.issues
  return issue === undefined ? { path: [], message: 'not valid' } : faultOf(issue)
}

function faultOf(issue: z.core.$ZodIssue): SchemaFault {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)))
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    return { path: [...path, key], message: 'there is no such field' }
  }
  if (issue.code === 'invalid_union') {
    const inner = meant(issue.errors.flatMap(([first]) => (first === undefined ? [] : [first])))
    if (inner !== undefined) return { ...inner, path: [...path, ...inner.path] }
  }
  return { path, message: issue.message }
}

/** The branch that matched furthest into the value (the last of equals): most likely the one that the author meant. */
function meant(issues: readonly z.core.$ZodIssue[]): SchemaFault | undefined {
  const faults = issues.map(faultOf)
  const deepest = Math.max(...faults.map(({ path }) => path.length))
  return faults.findLast(({ path }) => path.length === deepest)
}
