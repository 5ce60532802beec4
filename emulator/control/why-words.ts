/** Reasons in words: their text in the table, with what this request has to say filled in. */
import { api, pathsOf, patternOf } from '../../contracts/api/operations.ts'
import { type Endpoint, type EndpointGroup, once } from '../../contracts/declaration/endpoint.ts'
import {
  type AnswerReason,
  apiErrors,
  controlErrors,
  exchangeErrors,
} from '../../contracts/errors/errors.ts'
import { type OauthFailureName, oauthErrors } from '../../contracts/errors/oauth.ts'
import { answerReasons, type ReasonRow } from '../../contracts/reasons/table.ts'
import type { JournaledAnswer } from '../account/journal.ts'

/** Fills in the places of a text. */
export function filled(text: string, values: Readonly<Record<string, () => string>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name]?.() ?? place)
}

/** Why a request was answered so, where no policy decided: a sentence without its full stop. */
export function becauseInWords(
  { reason, detail = '' }: { readonly reason: AnswerReason; readonly detail?: string | undefined },
  { host, path, status }: Pick<JournaledAnswer, 'host' | 'path' | 'status'>,
): string {
  if (isInTable(reason)) {
    const { text, detailed }: ReasonRow = answerReasons[reason]
    if (detailed && detail !== '') return detail
    return filled(text, {
      detail: () => detail,
      host: () => host,
      path: () => withoutQuery(path),
      status: () => String(status),
      methods: () => methodsInWords(path),
    })
  }
  // An endpoint of OAuth always says more than its error.
  if (isOauthFailure(reason)) return detail
  const message = failures[reason].message.replace(/\.$/, '')
  return detail === '' || message.includes(detail) ? message : `${message}: ${detail}`
}

const failures = { ...controlErrors, ...exchangeErrors, ...apiErrors }

function isInTable(reason: AnswerReason): reason is keyof typeof answerReasons {
  return Object.hasOwn(answerReasons, reason)
}

function isOauthFailure(reason: AnswerReason): reason is OauthFailureName {
  return Object.hasOwn(oauthErrors, reason)
}

function methodsInWords(path: string): string {
  const methods = methodsAt(withoutQuery(path).replace('/client/v4', ''))
  return methods.length === 0 ? '' : `: this path takes ${methods.join(', ')}`
}

function withoutQuery(path: string): string {
  return path.replace(/\?.*$/s, '')
}

interface PathMethods {
  readonly method: string
  readonly path: RegExp
}

/** The methods of the API at a path, which is given below `/client/v4` and without query. */
function methodsAt(path: string): readonly string[] {
  return [...new Set(rows().flatMap((row) => (row.path.test(path) ? [row.method] : [])))]
}

const rows = once((): readonly PathMethods[] =>
  Object.values<EndpointGroup>(api)
    .flatMap((group) => Object.values<Endpoint>(group))
    .flatMap((endpoint) => pathsOf(endpoint).map((path) => ({ endpoint, path })))
    .map(({ endpoint: { method }, path }) => ({
      method,
      path: patternOf(path),
    })),
)
