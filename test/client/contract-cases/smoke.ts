/** A few contract cases per class of operations, for a target whose code already passed all of them elsewhere. */
import type { Case } from '../../../client/conformance/case.ts'

export const mostOfOneClass = 2

/** A resource of the API, whose operations one handler serves; an operation of the edge, which each have their own. */
export function classOf({ operation }: Pick<Case, 'operation'>): string {
  const [surface = operation] = operation.split('.')
  return surface === 'edge' ? operation : surface
}

/** Of different operations first; a class of few operations gives more cases of one. */
export function smoke<C extends Pick<Case, 'operation'>>(cases: readonly C[]): readonly C[] {
  const classes = [...new Set(cases.map(classOf))]
  return classes.flatMap((name) => {
    const ofClass = cases.filter((each) => classOf(each) === name)
    const operations = ofClass.map(({ operation }) => operation)
    const isFirst = ({ operation }: C, index: number) => operations.indexOf(operation) === index
    const firsts = ofClass.filter(isFirst)
    const others = ofClass.filter((each) => !firsts.includes(each))
    return [...firsts, ...others].slice(0, mostOfOneClass)
  })
}
