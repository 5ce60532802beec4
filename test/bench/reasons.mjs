/** Why a bar is missed, by the line's name: what a profile showed, and what was tried. Told only where it is missed. */

/** @type {Readonly<Record<string, string>>} */
export const reasons = {
  'service/auth exchange, another client id each time':
    'on two cores the HTTP server and the load generator take their time from the cores that bare signatures have to themselves. Of the processor time of an answer, half is the signature',
  'API: a durable write, one client, one at a time':
    'SQLite syncs in the thread that answers; the emulator syncs in another, so that it answers other requests meanwhile, and changing threads twice takes longer than a fast disk. Tried: the write in the thread that answers (kept), room made ahead in the file (kept), opening it with O_DSYNC (no faster)',
}
