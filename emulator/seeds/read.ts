/** A seed from its name, a file or data; a wrong one is told with the line it is on. */
import { readFile } from 'node:fs/promises'
import { type Seed, type SeedInput, seed as seedSchema } from '../../contracts/seed.ts'
import { firstIssue } from '../http/check.ts'
import { OptionProblem } from '../options.ts'
import { namedSeeds } from './index.ts'

export interface ReadSeed {
  readonly name: string
  readonly data: Seed
  /** Named seeds have fixed ids on every machine: this is what they derive from. */
  readonly entropy: string | undefined
}

/** @throws OptionProblem where the seed does not exist or does not fit */
export async function readSeed(given: string | SeedInput): Promise<ReadSeed> {
  if (typeof given !== 'string') return { name: 'given', data: parse(given), entropy: undefined }
  const named = Object.hasOwn(namedSeeds, given) ? namedSeeds[given] : undefined
  if (named !== undefined) {
    return { name: given, data: parse(named), entropy: `seed:${given}` }
  }
  return { name: given, data: await readFileSeed(given), entropy: undefined }
}

function parse(data: unknown): Seed {
  const parsed = seedSchema().safeParse(data)
  if (parsed.success) return parsed.data
  throw new OptionProblem(`The seed does not fit: ${firstIssue(parsed.error)}.`)
}

async function readFileSeed(path: string): Promise<Seed> {
  const text = await readFile(path, 'utf8').catch(() => {
    const names = Object.keys(namedSeeds).join(', ')
    throw new OptionProblem(
      `"${path}" is neither a seed (${names}) nor a file that can be read. Give --seed a name or the path of a YAML or JSON file.`,
    )
  })
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const at = (offset: number | undefined) => {
    if (offset === undefined) return path
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }
  const [error] = document.errors
  if (error !== undefined) {
    throw new OptionProblem(`${at(error.pos[0])}: not valid YAML or JSON: ${error.code}.`)
  }
  const parsed = seedSchema().safeParse(document.toJS())
  if (parsed.success) return parsed.data
  const node = document.getIn(parsed.error.issues[0]?.path ?? [], true)
  const range =
    typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
  const offset = Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined
  throw new OptionProblem(`${at(offset)}: ${firstIssue(parsed.error)}.`)
}
