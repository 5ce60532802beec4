/** Writes an account as Terraform configuration: a resource and an import block for each object, so that a plan is empty. */
import { isObject } from '../../contracts/declaration/json.ts'
import { type Item, keyFieldOf, resourceOf, type SavedAnswers } from '../import/kinds.ts'
import { listOf } from '../import/sections.ts'
import { type Block, blockText, Expression, labelFor } from './hcl.ts'
import { variableName, withSecret } from './secrets.ts'
import { type TerraformType, terraformTypes } from './terraform-types.ts'

/** The attributes are named after this major version of the provider. */
const settings = `terraform {
  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.0"
    }
  }
}
`

interface Named {
  readonly row: TerraformType
  readonly item: Item
  readonly label: string
  readonly id: string
}

export function terraformOf(
  answers: SavedAnswers,
  account_id: string,
): { readonly text: string; readonly variables: readonly string[] } {
  const named = terraformTypes.flatMap((row) => namedItems(row, answers[row.table]))
  const references = new Map(named.map((each) => [each.id, referenceTo(each)]))
  const variables: string[] = []
  const blocks = named.flatMap((each) => {
    const { row, label, id } = each
    const path = row.importedBy === 'account/id' ? account_id : `accounts/${account_id}`
    return [
      { head: 'import', body: { to: new Expression(`${row.type}.${label}`), id: `${path}/${id}` } },
      {
        head: `resource "${row.type}" "${label}"`,
        body: { account_id, ...attributesOf(each, references, variables) },
        ...(row.ignoresChangesOf !== undefined && {
          blocks: {
            lifecycle: { ignore_changes: [new Expression(row.ignoresChangesOf)] },
          },
        }),
      },
    ]
  })
  const declared = variables.map((name) => ({
    head: `variable "${name}"`,
    body: { type: new Expression('string'), sensitive: true },
  }))
  const texts = [...declared, ...blocks].map((block: Block) => blockText(block))
  return { text: [settings, ...texts].join('\n'), variables }
}

function namedItems(row: TerraformType, items: readonly Item[]): readonly Named[] {
  const taken = new Set<string>()
  const key = keyFieldOf(row.table)
  return items
    .filter((item) => row.table !== 'policies' || item.reusable !== false)
    .flatMap((item) => {
      const id = item[key]
      if (typeof id !== 'string') return []
      const name = [item.name, item.hostname, id].find((each) => typeof each === 'string')
      return [{ row, item, id, label: labelFor(String(name), taken) }]
    })
}

/** Tags are referred to by their names, which are their keys. */
function referenceTo({ row, label }: Named): Expression {
  return new Expression(`${row.type}.${label}.${row.table === 'tags' ? 'name' : 'id'}`)
}

/** The fields of the body that creates it: what the server adds, Terraform reads by itself. */
function attributesOf(
  { row, item, label }: Named,
  references: ReadonlyMap<string, Expression>,
  variables: string[],
): Readonly<Record<string, unknown>> {
  const names = Object.keys(resourceOf(row.table)?.body().shape ?? {})
  const { without = [] } = row
  const whole = withSecret(row.table, item, (field, path) => {
    if (without.includes(path)) return undefined
    const name = variableName(row.table, label, field)
    variables.push(name)
    return new Expression(`var.${name}`)
  })
  const key = keyFieldOf(row.table)
  const attributes = names
    .filter((name) => !without.includes(name))
    .map((name) => {
      const value =
        name === 'policies'
          ? listOf(item.policies).map(linkOrPolicy)
          : withoutInner(whole[name], name, without)
      return [name, name === key ? value : referring(value, references)] as const
    })
  return Object.fromEntries(attributes)
}

function withoutInner(value: unknown, name: string, without: readonly string[]): unknown {
  if (!isObject(value) || value instanceof Expression) return value
  const kept = Object.entries(value).filter(([inner]) => !without.includes(`${name}.${inner}`))
  return Object.fromEntries(kept)
}

/** An application's reusable policies are named by id; its own are written where they are used. */
function linkOrPolicy({ id, precedence, reusable, ...policy }: Item): Item {
  if (reusable !== false) return { id, precedence }
  const { name, decision, include, exclude, require, connection_rules, mfa_config } = policy
  return { precedence, name, decision, include, exclude, require, connection_rules, mfa_config }
}

/** Selectors whose names the provider spells in another way (api-terraform-provider). */
const spelt: Readonly<Record<string, string>> = {
  azureAD: 'azure_ad',
  'github-organization': 'github_organization',
}

/** The value with references in place of the ids that other blocks have. */
function referring(value: unknown, references: ReadonlyMap<string, Expression>): unknown {
  if (value instanceof Expression) return value
  if (typeof value === 'string') return references.get(value) ?? value
  if (Array.isArray(value)) return value.map((item: unknown) => referring(item, references))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      spelt[name] ?? name,
      referring(inner, references),
    ]),
  )
}
