/** Shorthand for cases: grade, source and profiles default to those of the operation. */
import { profiles } from '../../contracts/behaviours/table.ts'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import type { Case } from './case.ts'

type OwnParts = Pick<Case, 'title' | 'run'> &
  Partial<Pick<Case, 'evidence' | 'source' | 'profiles' | 'needs'>>

/** Cases of one operation, keyed by what each shows. Without `needs` a case only reads. */
export function casesOf(
  { id, evidence, source }: Pick<Endpoint, 'id' | 'evidence' | 'source'>,
  cases: Readonly<Record<string, OwnParts>>,
): readonly Case[] {
  return Object.entries(cases).map(([what, own]) => ({
    id: `${id}/${what.replaceAll(' ', '-')}`,
    operation: id,
    evidence,
    source,
    profiles,
    needs: [],
    ...own,
  }))
}
