/** What is wrong with a seed, before anybody knows where the seed came from. */
import type { SeedPath } from './names.ts'

/** The seed asks for something that the API would refuse. `path` leads to it. */
export class SeedProblem extends Error {
  readonly path: SeedPath
  constructor(path: SeedPath, message: string) {
    super(message)
    this.path = path
  }
}
