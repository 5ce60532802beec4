/** Reads a seed from its name, a file or data; errors say where the mistake is. */
import { readFile } from 'node:fs/promises'
import { type Seed, type SeedInput, seed as seedSchema } from '../../contracts/control/seed.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { namedSeeds } from './index.ts'
import type { SeedPath } from './names.ts'
import { firstFault } from './schema-fault.ts'

export interface ReadSeed {
  readonly name: string
  readonly data: Seed
  /** What the ids of a named seed derive from, so that they are the same on every machine. */
  readonly entropy: string | undefined
  /** An error that says where in the seed a path points. */
  problemAt(path: SeedPath, message: string): OptionProblem
}

type ProblemAt = ReadSeed['problemAt']

/** @throws OptionProblem if the seed does not exist or is not valid */
export async function readSeed(given: string | SeedInput): Promise<ReadSeed> {
  if (typeof given !== 'string') return checked('given', given, inData)
  const named = Object.hasOwn(namedSeeds, given) ? namedSeeds[given] : undefined
  if (named !== undefined) {
    return { name: given, data: named, entropy: entropyOfNamed(given), problemAt: inData }
  }
  const { data, place } = await readSeedFile(given)
  return checked(given, data, place)
}

/** The entropy of a named seed, which anybody can know. */
export function entropyOfNamed(name: string): string {
  return `seed:${name}`
}

function checked(name: string, data: unknown, place: ProblemAt): ReadSeed {
  const parsed = seedSchema().safeParse(data)
  if (parsed.success) return { name, data: parsed.data, entropy: undefined, problemAt: place }
  const { path, message } = firstFault(parsed.error)
  throw place(path, message)
}

const inData: ProblemAt = (path, message) =>
  new OptionProblem(`The seed is not valid: ${located(path, message)}.`)

/** Includes the path even if the line is known: it tells which of several similar lines is meant. */
function located(path: SeedPath, message: string): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}

async function readSeedFile(file: string): Promise<{ data: unknown; place: ProblemAt }> {
  const text = await readFile(file, 'utf8').catch(() => {
    const names = Object.keys(namedSeeds).join(', ')
    throw new OptionProblem(
      `"${file}" is neither a named seed (${names}) nor a readable file. Give --seed a name or the path of a YAML or JSON file.`,
    )
  })
  const { readDocument } = await import('./document.ts')
  const document = readDocument(text)
  const at = (offset: number) => `${file}:${document.lineAt(offset)}`
  if (document.error !== undefined) {
    const { offset, message } = document.error
    throw new OptionProblem(`${at(offset)}: not valid YAML or JSON: ${message}.`)
  }
  const place: ProblemAt = (path, message) =>
    new OptionProblem(`${at(document.offsetOf(path))}: ${located(path, message)}.`)
  const { withVariables } = await import('./variables.ts')
  const { data, missing } = withVariables(document.data, process.env)
  if (missing !== undefined) {
    const { path, name } = missing
    throw place(path, `the variable ${name} is not set. Set it, or give the value here`)
  }
  return { data, place }
}
