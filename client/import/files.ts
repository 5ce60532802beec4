/** Answers of the API from files, as curl saved them: envelopes, or bare results. */
import { readFile } from 'node:fs/promises'
import { isObject, parseJson } from '../../contracts/json.ts'
import { AccessUsageError } from '../errors.ts'
import { type Answers, type Item, kindOf, noAnswers } from './kinds.ts'

export interface Read {
  readonly answers: Answers
  /** What was not taken, one sentence each. */
  readonly notes: readonly string[]
}

/** @throws AccessUsageError where a file cannot be read, is no JSON, or holds a refusal of the API */
export async function readAnswers(files: readonly string[]): Promise<Read> {
  const answers = noAnswers()
  const notes: string[] = []
  for (const file of files) {
    let strange = 0
    for (const item of itemsOf(await contentOf(file), file)) {
      const kind = kindOf(item)
      if (kind === undefined) strange += 1
      else answers[kind].push(item)
    }
    if (strange > 0) {
      notes.push(`${file}: ${strange} of its objects are no resource that a seed can hold.`)
    }
  }
  return { answers, notes }
}

async function contentOf(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const content = text === undefined ? undefined : parseJson(text)
  if (content !== undefined) return content
  throw new AccessUsageError({
    what: `${file} ${text === undefined ? 'cannot be read' : 'is no JSON'}.`,
    todo: 'Save an answer of the API with curl -s … > FILE.',
  })
}

function itemsOf(content: unknown, file: string): readonly Item[] {
  if (isObject(content) && 'success' in content) {
    if (content.success === false) {
      throw new AccessUsageError({
        what: `${file} holds a refusal of the API.`,
        why: JSON.stringify(content.errors),
        todo: 'Ask again with a token that may read it.',
      })
    }
    return [content.result].flat().filter(isObject)
  }
  // One object with several answers in it, by any name.
  if (isObject(content) && kindOf(content) === undefined) {
    return Object.values(content).flatMap((part) =>
      isObject(part) && 'success' in part ? itemsOf(part, file) : [part].flat().filter(isObject),
    )
  }
  return [content].flat().filter(isObject)
}
