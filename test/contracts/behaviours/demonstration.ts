/** How to observe a behaviour: the effect of each value on a response, as any client sees it. */
import type { BehaviourName, BehaviourValue } from '../../../contracts/behaviours/table.ts'
import type { EdgeFixture, EdgeOptions } from '../../edge/applications.ts'

type Observed = string | number | boolean | readonly Observed[]

/** `answers` has one for each value, so a value that is added does not compile without its own. */
export interface Demonstration<V extends string | number | boolean> {
  /** What the edge holds beside the applications M, T and P. */
  readonly options?: EdgeOptions
  /** Sends the request that the behaviour changes, and returns the part of the response that differs. */
  readonly observe: (edge: EdgeFixture) => Promise<Observed>
  readonly answers: { readonly [K in `${V}`]: Observed }
}

/** A row for each behaviour of a table. */
export type Demonstrations<N extends BehaviourName> = {
  readonly [K in N]: Demonstration<BehaviourValue<K>>
}
