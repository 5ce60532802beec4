/** The verdict on a recorded history: pure, and the same for every replay of the record. */
import { checkCollection, checkIds } from './collections.ts'
import {
  type CreateOperation,
  type History,
  type ListOperation,
  lineOf,
  type Operation,
  type RegisterOperation,
  type Violation,
} from './history.ts'
import { checkRegister } from './registers.ts'

/** Every way in which the history is not linearizable. Empty if it is. */
export function check({ initial, operations }: History): Violation[] {
  const registers = new Map<string, RegisterOperation[]>()
  const collections = new Map<string, (CreateOperation | ListOperation)[]>()
  for (const operation of operations) {
    if (operation.kind === 'read' || operation.kind === 'write') file(registers, operation)
    else file(collections, operation)
  }
  return [
    ...[...registers].flatMap(([key, each]) => checkRegister(key, initial[key] ?? '', each)),
    ...[...collections].flatMap(([key, each]) =>
      checkCollection(
        key,
        each.filter((one) => one.kind === 'create'),
        each.filter((one) => one.kind === 'list'),
      ),
    ),
    ...checkIds(operations),
  ]
}

function file<T extends Operation>(into: Map<string, T[]>, operation: T): void {
  const before = into.get(operation.key)
  if (before === undefined) into.set(operation.key, [operation])
  else before.push(operation)
}

const around = 12

/** The violation, its proof, and what else happened to that key meanwhile. */
export function told({ kind, key, sentence, proof }: Violation, { operations }: History): string {
  const from = Math.min(...proof.map(({ invoked }) => invoked))
  const to = Math.max(...proof.map(({ returned }) => returned))
  const window = operations
    .filter((each) => each.key === key && each.returned >= from && each.invoked <= to)
    .sort((a, b) => a.invoked - b.invoked)
  // The proof may lie far apart; between its ends, the beginning and the end say most.
  const shown = window.filter(
    (each, index) => proof.includes(each) || index < around || index >= window.length - around,
  )
  const left = window.length - shown.length
  return [
    `${kind}: ${key}: ${sentence}`,
    ...shown.map((each) => `  ${proof.includes(each) ? '*' : ' '} ${lineOf(each)}`),
    ...(left > 0 ? [`    (${left} more between them)`] : []),
  ].join('\n')
}
