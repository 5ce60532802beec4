/** Reads saved API answers from files: envelopes as curl saves them, or bare results. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { api } from '../../contracts/api/operations.ts'
import { isObject, parseJson } from '../../contracts/declaration/json.ts'
import { driftWords, gathered, type UnplacedDrift } from '../api/drift.ts'
import { readBySchema } from '../api/reading.ts'
import { AccessUsageError } from '../transport/errors.ts'
import {
  type ImportedKind,
  type Item,
  kindOf,
  noAnswers,
  resourceOf,
  type SavedAnswers,
} from './kinds.ts'

export interface ReadFile {
  readonly answers: SavedAnswers
  /** What was left out, one sentence each. */
  readonly notes: readonly string[]
}

function contractOf(kind: ImportedKind): z.ZodType {
  if (kind === 'accounts') return api.accounts.get.result()
  if (kind === 'zones') return api.zones.get.result()
  return resourceOf(kind)?.entity() ?? z.unknown()
}

/** @throws AccessUsageError if a file cannot be read, is not JSON, or contains a refusal of the API */
export async function readAnswers(files: readonly string[]): Promise<ReadFile> {
  const answers = noAnswers()
  const notes: string[] = []
  for (const file of files) {
    let strange = 0
    const found: UnplacedDrift[] = []
    for (const [index, item] of itemsOf(await contentOf(file), file).entries()) {
      const kind = kindOf(item)
      if (kind === undefined) {
        strange += 1
        continue
      }
      answers[kind].push(item)
      found.push(...readBySchema(contractOf(kind), item, [index]).found)
    }
    notes.push(...gathered(found, { operation: file }).map(driftWords))
    if (strange > 0) {
      notes.push(`${file}: ${strange} of its objects are not resources that a seed can hold.`)
    }
  }
  return { answers, notes }
}

async function contentOf(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const content = text === undefined ? undefined : parseJson(text)
  if (content !== undefined) return content
  throw new AccessUsageError({
    what: `${file} ${text === undefined ? 'cannot be read' : 'is not JSON'}.`,
    todo: 'Save an API answer with curl -s … > FILE.',
  })
}

function itemsOf(content: unknown, file: string): readonly Item[] {
  if (isObject(content) && 'success' in content) {
    if (content.success === false) {
      throw new AccessUsageError({
        what: `${file} contains a refusal of the API.`,
        why: JSON.stringify(content.errors),
        todo: 'Repeat the call with a token that has permission.',
      })
    }
    return [content.result].flat().filter(isObject)
  }
  // An object that contains several answers, under any names.
  if (isObject(content) && kindOf(content) === undefined) {
    return Object.values(content).flatMap((part) =>
      isObject(part) && 'success' in part ? itemsOf(part, file) : [part].flat().filter(isObject),
    )
  }
  return [content].flat().filter(isObject)
}
