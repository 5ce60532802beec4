/** Why a bar is missed, by the line's name: what a profile showed, and what was tried. Told only where it is missed. */

const larger =
  'the profiles of both sizes are the same but for garbage collection, which walks a larger heap: 2.8 % of the time at the edge with 1,000 applications and 5.5 % with 100,000, 4.0 % and 4.7 % of a write. Two servers loaded in turn, without the other three of this run beside them, did 0.93x at the edge and 0.93x of the writes. Tried: growing without a copy of the table, and forgetting only the decisions that a write can change (both kept)'

/** @type {Readonly<Record<string, string>>} */
export const reasons = {
  'service/auth exchange, another client id each time':
    'on two cores the HTTP server and the load generator take their time from the cores that bare signatures have to themselves. Of the processor time of an answer, more than half is the signature. A bare server that only signs costs 355-363 us an answer against 300 us for a signature, so at most 0.83x is left. Tried, on that server: a thread pool of 2 (355-387 us), signing in the thread that answers (388-402 us), a worker that signs in batches (380-448 us)',
  'API: a durable write, one client, one at a time':
    'SQLite syncs in the thread that answers; the emulator syncs in another, so that it answers other requests meanwhile, and changing threads twice takes longer than a fast disk. Tried: the write in the thread that answers (kept), room made ahead in the file (kept), opening it with O_DSYNC (no faster)',
  ...Object.fromEntries(
    [
      'API: a write, 10,000 applications',
      'API: a write, 100,000 applications',
      'edge: JWT, built-in origin, 100,000 applications',
      'edge: client id and secret, built-in origin, 10,000 applications',
      'edge: client id and secret, built-in origin, 100,000 applications',
    ].map((line) => [line, larger]),
  ),
}
