/**
 * How a case is written: a row that names an operation and what it shows, and gives one request with its answer, or
 * several steps. Grade, source and profiles default to those of the operation.
 */
import { profiles } from '../../contracts/behaviours/table.ts'
import type { Endpoint, FailureNameOf } from '../../contracts/declaration/endpoint.ts'
import type { ApiFailureName } from '../../contracts/errors/errors.ts'
import { type InputOf, refuses, succeeds } from './api-answer.ts'
import type { Case, CaseTarget, Need } from './case.ts'
import { fits } from './difference.ts'

type CaseOperation = Pick<Endpoint, 'id' | 'evidence' | 'source'>
/** A request to an application, whatever its path. Its cases state where they were seen. */
export const gate = { id: 'gate', evidence: 'recorded', source: ['edge-login-offered'] } as const

/** `needs`: besides those of the kind of row. */
type About = Pick<Case, 'title'> & Partial<Pick<Case, 'evidence' | 'source' | 'profiles' | 'needs'>>
type Steps = About & Pick<Case, 'run'>

interface OneRequest<E extends Endpoint> extends About {
  readonly input?: InputOf<E> | ((target: CaseTarget) => InputOf<E> | Promise<InputOf<E>>)
  /** The failure that the answer must be; without it the request must succeed. */
  readonly refused?: Endpoint extends E ? ApiFailureName : FailureNameOf<E> & ApiFailureName
  /** What the message of the failure says. */
  readonly message?: RegExp
}
type Row<E extends Endpoint> = Steps | OneRequest<E>

/** A kind of row: what all of its cases need of their target. `what` a case shows is the second half of its id. */
export function caseWith(...kindNeeds: readonly Need[]) {
  function one<E extends Endpoint>(operation: E, what: string, row: Row<E>): Case
  function one(operation: CaseOperation, what: string, row: Steps): Case
  function one(operation: CaseOperation | Endpoint, what: string, row: Row<Endpoint>): Case {
    const { id, evidence, source } = operation
    const { title, needs = [] } = row
    return {
      id: `${id}/${what.replaceAll(' ', '-')}`,
      operation: id,
      title,
      evidence: row.evidence ?? evidence,
      source: row.source ?? source,
      profiles: row.profiles ?? profiles,
      needs: [...kindNeeds, ...needs],
      run: 'run' in row ? row.run : (target) => oneRequest(target, operation as Endpoint, row),
    }
  }
  return one
}

async function oneRequest(
  target: CaseTarget,
  operation: Endpoint,
  { input, refused, message }: OneRequest<Endpoint>,
): Promise<void> {
  const sent = typeof input === 'function' ? await input(target) : input
  if (refused === undefined) {
    await succeeds(target, operation, sent)
    return
  }
  const answer = await refuses(target, operation, refused, sent)
  if (message !== undefined) fits(answer.message, message, 'message')
}

/** Cases that change nothing. */
export const reading = caseWith()
/** Cases that create what they remove again. */
export const writing = caseWith('write')
/** Cases that create applications and send requests to them. */
export const atEdge = caseWith('write', 'hosts')
/** Cases of a person who signs in at an application. */
export const signingIn = caseWith('write', 'hosts', 'person')
/** Cases that change what an account has once. */
export const owning = caseWith('own_account')
