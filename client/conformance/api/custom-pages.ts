/** Cases of the check of custom page templates. It changes nothing, but a POST without a name is for an account of its own. */
import { api } from '../../../contracts/api/operations.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import { succeeds } from '../api-answer.ts'
import type { Case, CaseTarget } from '../case.ts'
import { owning } from '../define.ts'
import { Difference, same } from '../difference.ts'

const { validate } = api.customPages

const login = (template: string) => ({ type: 'login', template }) as const

/** @throws Difference if the check finds no error in the template */
async function finds(target: CaseTarget, template: string): Promise<void> {
  const { result } = await succeeds(target, validate, { body: login(template) })
  if (result.errors.length === 0) throw new Difference('errors', 'at least one', result.errors)
}

export const customPageCases: readonly Case[] = [
  owning(validate, 'a page with its form', {
    title: 'a login page with one place for the form has no errors',
    async run(target) {
      const body = login('<h1>Sign in</h1><cf-access-authbox></cf-access-authbox>')
      const { result } = await succeeds(target, validate, { body })
      same(result.page_type, 'login', 'page_type')
      same(result.errors, [], 'errors')
    },
  }),
  owning(validate, 'a page without its form', {
    title: 'a login page without a place for the form has an error',
    run: (target) => finds(target, '<h1>Sign in</h1>'),
  }),
  owning(validate, 'a tag that does not end', {
    title: 'a template whose Liquid does not parse has an error',
    run: (target) => finds(target, '{% if a %}<cf-access-authbox></cf-access-authbox>'),
  }),
  owning<Endpoint>(validate, 'no template', {
    title: 'without a template it is refused',
    refused: 'invalid_request',
    input: { body: { type: 'login' } },
  }),
]
