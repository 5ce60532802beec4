/** A seed from its name, a file or data; a wrong one is told with the place it is at. */
import { readFile } from 'node:fs/promises'
import { type Seed, type SeedInput, seed as seedSchema } from '../../contracts/seed.ts'
import { OptionProblem } from '../options.ts'
import { namedSeeds } from './index.ts'
import type { SeedPath } from './names.ts'
import { firstFault } from './schema-fault.ts'

export interface ReadSeed {
  readonly name: string
  readonly data: Seed
  /** Named seeds have fixed ids on every machine: this is what they derive from. */
  readonly entropy: string | undefined
  /** An error for the person who gave the seed, with the place that a path leads to. */
  problemAt(path: SeedPath, message: string): OptionProblem
}

type ProblemAt = ReadSeed['problemAt']

/** @throws OptionProblem where the seed does not exist or does not fit */
export async function readSeed(given: string | SeedInput): Promise<ReadSeed> {
  if (typeof given !== 'string') return checked('given', given, inData)
  const named = Object.hasOwn(namedSeeds, given) ? namedSeeds[given] : undefined
  if (named !== undefined) {
    return { name: given, data: named, entropy: `seed:${given}`, problemAt: inData }
  }
  const { data, place } = await readSeedFile(given)
  return checked(given, data, place)
}

function checked(name: string, data: unknown, place: ProblemAt): ReadSeed {
  const parsed = seedSchema().safeParse(data)
  if (parsed.success) return { name, data: parsed.data, entropy: undefined, problemAt: place }
  const { path, message } = firstFault(parsed.error)
  throw place(path, message)
}

const inData: ProblemAt = (path, message) =>
  new OptionProblem(`The seed does not fit: ${told(path, message)}.`)

/** The path is said even where a line is known: it tells which of several equal lines is meant. */
function told(path: SeedPath, message: string): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}

async function readSeedFile(file: string): Promise<{ data: unknown; place: ProblemAt }> {
  const text = await readFile(file, 'utf8').catch(() => {
    const names = Object.keys(namedSeeds).join(', ')
    throw new OptionProblem(
      `"${file}" is neither a seed (${names}) nor a file that can be read. Give --seed a name or the path of a YAML or JSON file.`,
    )
  })
  const { readDocument } = await import('./document.ts')
  const document = readDocument(text)
  const at = (offset: number) => `${file}:${document.lineAt(offset)}`
  if (document.error !== undefined) {
    const { offset, message } = document.error
    throw new OptionProblem(`${at(offset)}: not valid YAML or JSON: ${message}.`)
  }
  return {
    data: document.data,
    place: (path, message) =>
      new OptionProblem(`${at(document.offsetOf(path))}: ${told(path, message)}.`),
  }
}
