/** The application and service token that a mode acts on: those of its target, or new ones, created through the API. */
import type { ApiTokenBody } from '../../../contracts/api/api-tokens.ts'
import type { ApplicationBody } from '../../../contracts/api/applications.ts'
import { api } from '../../../contracts/api/operations.ts'
import { documentedGroups } from '../../../contracts/api/permission-groups.ts'
import type { Rule } from '../../../contracts/api/rules.ts'
import type { ModeTarget } from '../../../contracts/control/shapes.ts'
import type { BodyInput } from '../../../contracts/declaration/endpoint.ts'
import { isWithin } from '../../../contracts/declaration/primitives.ts'
import type { PolicyRecipe, Recipe, RuleWord } from '../../../contracts/modes/mode.ts'
import type { Account } from '../../account/account.ts'
import { newApiToken } from '../../account/api-tokens.ts'
import { rulebookOf } from '../../account/evaluate.ts'
import { hasRecord } from '../../account/known-hosts.ts'
import { organizationOf } from '../../account/organization.ts'
import type { ApplicationRow, ServiceTokenRow } from '../../state/rows.ts'
import type { ControlContext } from '../context.ts'
import { call, type Ledger, Problem } from './ledger.ts'

/** The context in which a mode is set up. */
export interface ModeContext {
  readonly id: string
  readonly account: Account
  readonly control: ControlContext
  readonly ledger: Ledger
  /** The host of the mode's own application: `<id>.modes.<zone>`. */
  readonly host: string
}

function found<R>(row: R | undefined, what: string, name: string): R {
  if (row === undefined) throw new Problem(`There is no ${what} "${name}" in this account.`)
  return row
}

/** @throws Problem if the account has no organization, and so no team domain */
export function requireOrganization({ account, id }: ModeContext): void {
  if (organizationOf(account) !== undefined) return
  const remedy = account.modes.has('organization-not-enabled')
    ? 'End the mode organization-not-enabled first.'
    : 'Give it one: `organization` in the seed, or POST /accounts/{account_id}/access/organizations.'
  throw new Problem(`${id}: the account has no organization, so there is no team domain. ${remedy}`)
}

/** Finds an application by id, AUD tag, name, domain or host. @throws Problem if there is none */
export function targetApplication(account: Account, asked: string): ApplicationRow {
  const row = account.state.tables.applications
    .all()
    .find(
      ({ id, aud, name, domain }) =>
        [id, aud, name, domain].includes(asked) || domain?.split('/')[0] === asked,
    )
  return found(row, 'application', asked)
}

/** Finds a service token by id, name or client id. @throws Problem if there is none */
function targetToken(account: Account, asked: string): ServiceTokenRow {
  const row = account.state.tables.service_tokens
    .all()
    .find(({ id, name, client_id }) => [id, name, client_id].includes(asked))
  return found(row, 'service token', asked)
}

/** The target's service token, else one that the target application's policies name, else a new one. */
export async function tokenOf(context: ModeContext, target: ModeTarget): Promise<ServiceTokenRow> {
  const { account, id } = context
  if (target.service_token !== undefined) return targetToken(account, target.service_token)
  if (target.application !== undefined) {
    const named = namedToken(account, targetApplication(account, target.application))
    if (named !== undefined) return named
  }
  return newToken(context, `mode ${id}`)
}

function namedToken(account: Account, application: ApplicationRow): ServiceTokenRow | undefined {
  const { policies } = rulebookOf(account, application)
  for (const rule of policies.flatMap(({ include }) => include)) {
    if (!('service_token' in rule)) continue
    const row = account.state.tables.service_tokens.get(rule.service_token.token_id)
    if (row !== undefined) return row
  }
  return undefined
}

async function newToken(context: ModeContext, name: string): Promise<ServiceTokenRow> {
  const { id } = await call(context, api.serviceTokens.create, { body: { name } })
  return tokenRow(context, id)
}

export function tokenRow({ account }: ModeContext, id: string): ServiceTokenRow {
  return found(account.state.tables.service_tokens.get(id), 'service token', id)
}

export function applicationRow({ account }: ModeContext, id: string): ApplicationRow {
  return found(account.state.tables.applications.get(id), 'application', id)
}

const onlyTheToken: readonly PolicyRecipe[] = [{ decision: 'non_identity', include: ['the token'] }]

/** Policies in the form of the API's body, named after the mode. */
export async function policiesOf(
  context: ModeContext,
  recipe: readonly PolicyRecipe[],
  token: ServiceTokenRow,
): Promise<NonNullable<BodyInput<typeof api.applications.create>['policies']>> {
  const namesAnother = recipe.some(({ include }) => include.includes('another token'))
  const another = namesAnother ? await newToken(context, `mode ${context.id}, another`) : undefined
  const named = { 'the token': token.id, 'another token': another?.id ?? '' } as const
  const rule = (word: RuleWord): Rule =>
    typeof word === 'string' ? { service_token: { token_id: named[word] } } : word
  return recipe.map(({ decision, include, require = [], exclude = [] }, index) => ({
    name: `mode ${context.id}, ${index + 1}`,
    decision,
    include: include.map(rule),
    require: require.map(rule),
    exclude: exclude.map(rule),
  }))
}

/** Creates DNS records for the mode's own host and its subdomains; they stay if the application is deleted. */
export async function nameHosts(context: ModeContext): Promise<void> {
  const zone = context.account.zones.find(({ name }) => isWithin(context.host, name))
  if (zone === undefined) return
  for (const name of [context.host, `*.${context.host}`]) {
    if (hasRecord(context.account, name)) continue
    const body = { type: 'AAAA', name, content: '100::', proxied: true } as const
    await call(context, api.dnsRecords.create, { zone, body })
  }
}

/** Creates an application; the recipe's fields override `name` and `domain`. */
export async function newApplication(
  context: ModeContext,
  recipe: Pick<Recipe, 'policies'> & { readonly fields: Partial<ApplicationBody> },
  place: { readonly name: string; readonly domain: string },
  token: ServiceTokenRow,
): Promise<ApplicationRow> {
  const policies = await policiesOf(context, recipe.policies ?? onlyTheToken, token)
  const body = { type: 'self_hosted', ...place, ...recipe.fields, policies } as const
  const { id } = await call(context, api.applications.create, { body })
  return applicationRow(context, id)
}

/** Changes the target as the recipe says; its policies only if the recipe has some. */
export async function changedApplication(
  context: ModeContext,
  row: ApplicationRow,
  recipe: Pick<Recipe, 'policies'> & { readonly fields: Partial<ApplicationBody> },
  token: ServiceTokenRow,
): Promise<ApplicationRow> {
  if (recipe.policies === undefined && Object.keys(recipe.fields).length === 0) return row
  const policies =
    recipe.policies === undefined ? undefined : await policiesOf(context, recipe.policies, token)
  const body = { ...bodyOf(row, recipe.fields), ...(policies === undefined ? {} : { policies }) }
  await call(context, api.applications.replace, { params: { app_id: row.id }, body })
  return applicationRow(context, row.id)
}

/** The body that would create an application; a new domain replaces all its destinations. */
export function bodyOf(row: ApplicationRow, fields: Partial<ApplicationBody>): ApplicationBody {
  const {
    id: _,
    uid: __,
    aud: ___,
    created_at,
    updated_at,
    links,
    revoked_at,
    saas_secret,
    extra,
    ...known
  } = row
  const { destinations, self_hosted_domains, ...elsewhere } = known
  const kept = fields.domain === undefined ? known : elsewhere
  return { ...extra, ...kept, ...fields }
}

/** The value of another API token of the account, as the recipe has it; empty without one. */
export async function unusableApiToken(
  { account, control, ledger, id }: ModeContext,
  { apiToken }: Recipe,
): Promise<string> {
  if (apiToken === undefined) return ''
  const body: ApiTokenBody = {
    name: `mode ${id}`,
    kind: 'user',
    status: 'active',
    policies: [{ effect: 'allow', permission_groups: allPermissionGroups() }],
    ...apiToken,
  }
  const made = newApiToken(body, account, { world: control.world, accounts: control.everyAccount })
  if (made === undefined) throw new Problem(`${id}: another API token has this value.`)
  await ledger.commit(made.changes)
  return made.value
}

function allPermissionGroups() {
  const names = new Set([...documentedGroups().values()].flat())
  return [...names].map((name) => ({ name }))
}
