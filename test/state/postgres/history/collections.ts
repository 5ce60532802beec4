/** Whether creates and lists of a collection that only grows are linearizable, and no id and no object is doubled. */
import {
  type CreateOperation,
  type ListOperation,
  type Operation,
  precedes,
  type Violation,
} from './history.ts'

/** When a created object was certainly there, as an operation shows. */
interface Known {
  readonly at: number
  readonly by: Operation
}

export function checkCollection(
  key: string,
  all: readonly CreateOperation[],
  asked: readonly ListOperation[],
): Violation[] {
  const creates = new Map(all.map((create) => [create.name, create]))
  if (creates.size !== all.length) throw new Error(`A name of ${key} is created twice.`)
  const lists = asked.filter(({ outcome }) => outcome === 'ok')
  const impossible = lists.flatMap((list) =>
    list.items.flatMap(({ name }) => fromNowhere(key, list, name, creates.get(name))),
  )
  if (impossible.length > 0) return impossible

  const known = new Map<string, Known>()
  const note = (name: string, by: Operation) => {
    const before = known.get(name)
    if (before === undefined || by.returned < before.at) known.set(name, { at: by.returned, by })
  }
  for (const create of all) if (create.outcome === 'ok') note(create.name, create)
  for (const list of lists) for (const { name } of list.items) note(name, list)

  const read = lists
    .map((list) => ({ list, names: new Set(list.items.map(({ name }) => name)) }))
    .sort((a, b) => a.names.size - b.names.size)
  const crossed = read.flatMap((larger, index) => {
    const smaller = read[index - 1]
    const extra = smaller && [...smaller.names].find((name) => !larger.names.has(name))
    if (smaller === undefined || extra === undefined) return []
    return [crossedLists(key, smaller.list, larger.list, extra)]
  })
  if (crossed.length > 0) return crossed

  // A list took effect after everything in it was begun, and after every list that has less.
  let bound: Operation | undefined
  const missing = new Map<string, Violation>()
  for (const { list, names } of read) {
    const begun = list.items.flatMap(({ name }) => creates.get(name) ?? [])
    for (const each of [list, ...begun]) {
      if (bound === undefined || each.invoked > bound.invoked) bound = each
    }
    for (const [name, { at, by }] of known) {
      if (bound === undefined || names.has(name) || at >= bound.invoked) continue
      const isSeen = read.some((each) => each.names.has(name))
      // One for each object: every list after the first would repeat it.
      if (!missing.has(name)) missing.set(name, absent(key, { list, bound, by }, name, isSeen))
    }
  }
  return [...missing.values()]
}

function absent(
  key: string,
  { list, bound, by }: Record<'list' | 'bound' | 'by', Operation>,
  name: string,
  isSeen: boolean,
): Violation {
  const proof = [by, bound, list].filter((each, index, all) => all.indexOf(each) === index)
  const how = by.kind === 'create' ? 'its create was acknowledged' : 'it was in a list'
  const since = `${how} at ${by.returned.toFixed(2)} (${by.client}, ${by.replica})`
  const where = `the list of ${list.client} at ${list.replica} (invoked at ${list.invoked.toFixed(2)})`
  const later = bound === list ? '' : `, which has what began at ${bound.invoked.toFixed(2)}`
  return {
    kind: isSeen ? 'stale read' : 'lost write',
    ...{ key, proof },
    sentence: `${name} is missing in ${where}${later}, although ${since}.`,
  }
}

function fromNowhere(
  key: string,
  list: ListOperation,
  name: string,
  create: CreateOperation | undefined,
): Violation[] {
  const where = `The list of ${list.client} at ${list.replica} has ${name}`
  if (create === undefined) {
    const sentence = `${where}, which nobody created.`
    return [{ kind: 'value from nowhere', key, sentence, proof: [list] }]
  }
  if (precedes(list, create)) {
    const sentence = `${where} before ${create.client} began to create it.`
    return [{ kind: 'value from nowhere', key, sentence, proof: [list, create] }]
  }
  if (create.outcome !== 'refused') return []
  const sentence = `${where}, but its create was refused (${create.answer}).`
  return [{ kind: 'refused, but done', key, sentence, proof: [create, list] }]
}

function crossedLists(
  key: string,
  one: ListOperation,
  other: ListOperation,
  name: string,
): Violation {
  const more = other.items.find((item) => !one.items.some((each) => each.name === item.name))
  return {
    kind: 'lists that contradict each other',
    key,
    sentence: `The list of ${one.client} at ${one.replica} has ${name} and not ${more?.name}; that of ${other.client} at ${other.replica} has it the other way round.`,
    proof: [one, other],
  }
}

/** Over all collections: an id stands for one object, and an object is there once. */
export function checkIds(operations: readonly Operation[]): Violation[] {
  const owners = new Map<string, { readonly name: string; readonly by: Operation }>()
  const ids = new Map<string, { readonly id: string; readonly by: Operation }>()
  const found = new Map<string, Violation>()
  const claim = (key: string, name: string, id: string, by: Operation) => {
    const owner = owners.get(id)
    if (owner === undefined) owners.set(id, { name: `${key} ${name}`, by })
    else if (owner.name !== `${key} ${name}`) {
      const sentence = `The id ${id} is that of ${owner.name} and of ${key} ${name}.`
      found.set(id, { kind: 'doubled id', key, sentence, proof: [owner.by, by] })
    }
    const own = ids.get(`${key} ${name}`)
    if (own === undefined) ids.set(`${key} ${name}`, { id, by })
    else if (own.id !== id) {
      const sentence = `${name} is there with the id ${own.id} and with the id ${id}.`
      found.set(`${key} ${name}`, { kind: 'doubled object', key, sentence, proof: [own.by, by] })
    }
  }
  for (const each of operations) {
    if (each.outcome !== 'ok') continue
    if (each.kind === 'create' && each.id !== undefined) claim(each.key, each.name, each.id, each)
    if (each.kind !== 'list') continue
    for (const { name, id } of each.items) claim(each.key, name, id, each)
    if (new Set(each.items.map(({ name }) => name)).size < each.items.length) {
      const sentence = `A list of ${each.client} at ${each.replica} has an object more than once.`
      found.set(`list ${each.key}`, {
        kind: 'doubled object',
        key: each.key,
        sentence,
        proof: [each],
      })
    }
  }
  return [...found.values()]
}
