/** API tokens, live or from saved answers of `/user/tokens` or `/accounts/{account_id}/tokens`: everything but their values. */
import { apiTokenBody } from '../../contracts/api/api-tokens.ts'
import type { Item, SavedAnswers } from './kinds.ts'
import { listOf, unique } from './sections.ts'

/** The section of the seed; absent if no token was saved. */
export function apiTokensOf(
  { api_tokens }: SavedAnswers,
  notes: string[],
): { readonly api_tokens?: readonly Item[] } {
  const made = unique(api_tokens).flatMap((item) => {
    const parsed = apiTokenBody().safeParse(settingsOf(item))
    if (!parsed.success)
      notes.push(`The API token ${JSON.stringify(item.name)} is left out: it is malformed.`)
    return parsed.success ? [parsed.data] : []
  })
  if (made.length === 0) return {}
  const isTold = unique(api_tokens).every(({ kind }) => kind !== undefined)
  notes.push(
    isTold
      ? 'API tokens get new values: no answer shows them.'
      : 'API tokens get new values, and become tokens of a user unless you add kind: account: no answer shows either.',
  )
  return { api_tokens: made }
}

function settingsOf(item: Item): Item {
  const wanted = ['id', 'name', 'kind', 'status', 'condition', 'not_before', 'expires_on']
  const settings = wanted.flatMap((field) => (item[field] ? [[field, item[field]] as const] : []))
  const policies = listOf(item.policies).map(({ effect, permission_groups, resources }) => ({
    effect,
    permission_groups: listOf(permission_groups).map(({ id, name }) => ({ id, name })),
    resources,
  }))
  return { ...Object.fromEntries(settings), policies }
}
