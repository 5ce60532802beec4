/** A mistake in a seed, independent of where the seed came from. */
import type { SeedPath } from './names.ts'

/** The seed contains something that the API would refuse, at `path`. */
export class SeedProblem extends Error {
  readonly path: SeedPath
  constructor(path: SeedPath, message: string) {
    super(message)
    this.path = path
  }
}
