/** What custom pages do of their own: templates are checked, and applications that use a page are counted. */
import { customPages as contract, type TemplateVerdict } from '../../contracts/api/custom-pages.ts'
import type { BodyOf } from '../../contracts/declaration/endpoint.ts'
import { fail } from '../../contracts/errors/errors.ts'
import type { Refused, Replied } from '../http/handler.ts'
import { json } from '../http/reply.ts'
import type { Change } from '../state/state.ts'
import type { ApiContext, HandlersOf } from './context.ts'
import { type CrudAnswer, crud } from './crud.ts'

const { operations } = contract
type PageBody = BodyOf<typeof operations.create>
type WriteAnswer = CrudAnswer<typeof operations.create> | CrudAnswer<typeof operations.replace>
type TemplateRefused = Replied<Change[]> | Refused<'invalid_request'>

const five = crud(contract, {
  derived({ uid }, { account }) {
    const all = account.state.tables.applications.all()
    return { app_count: all.filter(({ custom_pages }) => custom_pages?.includes(uid)).length }
  },
})

export const customPages: HandlersOf<typeof contract> = {
  ...five,
  create: (call, context) => checked(call.body, context, () => five.create(call, context)),
  replace(call, context) {
    const write = () => five.replace(call, context)
    const { custom_pages } = context.account.state.tables
    const isKnown = custom_pages.get(call.params.custom_page_id) !== undefined
    return isKnown ? checked(call.body, context, write) : write()
  },
  validate: async ({ body: { type, template, version } }, { nowMs }) => ({
    result: await verdictOn(type, template, version, nowMs),
  }),
}

/** Writes the page if nothing is wrong with its template. One that is served as it is needs no check. */
function checked<A extends WriteAnswer>(draft: PageBody, context: ApiContext, write: () => A) {
  const { type, contract_version: version = 0 } = draft
  const isPlain = version === 0 && (type === 'identity_denied' || type === 'forbidden')
  return isPlain ? write() : checkedTemplate(draft, version, context, write)
}

async function checkedTemplate<A extends WriteAnswer>(
  { type, custom_html }: PageBody,
  version: number,
  { nowMs, isSeed }: ApiContext,
  write: () => A,
): Promise<TemplateRefused | (() => A)> {
  const verdict = await verdictOn(type, custom_html, version, nowMs)
  const [error] = verdict.errors
  if (error === undefined) return () => withWarnings(write(), verdict)
  if (isSeed) return fail('invalid_request', error.message)
  // By the official document `success` is true here too: the verdict is the result (api-custom-page-templates).
  return { reply: json(422, { result: verdict, success: true, errors: [], messages: [] }) }
}

function withWarnings<A extends WriteAnswer>(answer: A, { warnings }: TemplateVerdict): A {
  if ('result' in answer && warnings.length > 0) Object.assign(answer.result, { warnings })
  return answer
}

/** Liquid is loaded for the first template. @param version default: the latest */
async function verdictOn(
  page_type: TemplateVerdict['page_type'],
  template: string,
  version: number | undefined,
  nowMs: number,
): Promise<TemplateVerdict> {
  const { checkTemplate, knownVersion } = await import('../http/liquid/template.ts')
  const given = { type: page_type, template, version: version ?? knownVersion }
  const { errors, warnings } = checkTemplate(given, nowMs)
  return { page_type, version: given.version, errors: [...errors], warnings: [...warnings] }
}
