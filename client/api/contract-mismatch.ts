/** The error for an answer of the API that differs from its contract. */
import { AccessError, inRay } from '../transport/errors.ts'
import type { Drift } from './drift.ts'

/** The API call succeeded, but the answer differs from its contract. */
export class ContractMismatch extends AccessError {
  override readonly name = 'ContractMismatch'
  readonly code = 'contract_mismatch'
  readonly operation: string
  readonly status: number
  readonly ray: string | undefined
  /** One `path: problem` for each difference. */
  readonly problems: readonly string[]
  readonly drift: readonly Drift[]

  constructor(found: {
    readonly operation: string
    readonly status: number
    readonly ray: string | undefined
    readonly problems: readonly string[]
    readonly drift: readonly Drift[]
  }) {
    super({
      what: `${found.operation} returned ${found.status}${inRay(found.ray)}, but not according to its contract:`,
      why: `${found.problems.slice(0, 3).join('; ')}.`,
      todo: 'Update this package, or report the difference along with the ray.',
    })
    this.operation = found.operation
    this.status = found.status
    this.ray = found.ray
    this.problems = found.problems
    this.drift = found.drift
  }
}
