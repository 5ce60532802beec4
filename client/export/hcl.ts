/** Writes values in HashiCorp's configuration language: Terraform and OpenTofu read the same. */

/** An expression that is written as it is: `var.secret`, `cloudflare_zero_trust_access_policy.staff.id`. */
export class Expression {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export interface Block {
  /** For example `resource "cloudflare_zero_trust_access_tag" "finance"`. */
  readonly head: string
  readonly body: Readonly<Record<string, unknown>>
  /** The blocks within it, by name. */
  readonly blocks?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** One block. What is null, undefined or an empty list is left out: an absent attribute means the same. */
export function blockText({ head, body, blocks = {} }: Block): string {
  const inner = Object.entries(blocks).map(
    ([name, members]) => `\n  ${name} {\n${membersText(members, '    ')}  }\n`,
  )
  return `${head} {\n${membersText(body, '  ')}${inner.join('')}}\n`
}

/** Aligned as `terraform fmt` does: the names of neighbours whose values take one line. */
function membersText(members: object, indent: string): string {
  const rows = Object.entries(members)
    .filter(([, value]) => isPresent(value))
    .map(([name, value]) => ({ key: keyText(name), value: valueText(value, indent) }))
  const isLong = rows.map(({ value }) => value.includes('\n'))
  const widthAt = (index: number) => {
    if (isLong[index]) return 0
    const from = isLong.lastIndexOf(true, index) + 1
    const to = isLong.indexOf(true, index)
    const group = rows.slice(from, to < 0 ? undefined : to)
    return Math.max(...group.map(({ key }) => key.length))
  }
  return rows
    .map(({ key, value }, index) => `${indent}${key.padEnd(widthAt(index))} = ${value}\n`)
    .join('')
}

function isPresent(value: unknown): boolean {
  const isEmpty = Array.isArray(value) && value.length === 0
  return value !== null && value !== undefined && !isEmpty
}

function valueText(value: unknown, indent: string): string {
  if (value instanceof Expression) return value.text
  if (typeof value === 'string') return stringText(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const inner = `${indent}  `
  if (!Array.isArray(value)) {
    const members = membersText(value, inner)
    return members === '' ? '{}' : `{\n${members}${indent}}`
  }
  const items = value.map((item: unknown) => `${inner}${valueText(item, inner)},\n`).join('')
  return `[\n${items}${indent}]`
}

function keyText(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) ? name : stringText(name)
}

/** A template otherwise begins at `${` and `%{`. JSON's escapes are valid but for `\b`, `\f` and `\/`. */
function stringText(value: string): string {
  return JSON.stringify(value)
    .replaceAll(/\\[bf]/g, (found) => (found === '\\b' ? '\\u0008' : '\\u000c'))
    .replaceAll(/[$%](?=\{)/g, '$&$&')
}

/** A name for a block that HCL accepts, distinct from those taken. */
export function labelFor(name: string, taken: Set<string>): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  const base = /^[a-z]/.test(words) ? words : `_${words}`
  let label = base
  for (let count = 2; taken.has(label); count += 1) label = `${base}_${count}`
  taken.add(label)
  return label
}
