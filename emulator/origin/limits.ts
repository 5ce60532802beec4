/** What connections to origins over HTTP/1.1 are held to. */

/** The documented limit of an origin's headers, beyond which live answers 520. */
export const maxHeaderSize = 128 * 1024

/**
 * Milliseconds. An idle connection is let go before an origin might close it (Node does after 5 s, some after 2): a POST
 * that meets a connection on its way out cannot be sent again.
 */
export const idleMs = 1_000

/** To one origin. */
export const mostConnections = 256
/** Of these, how many are kept while nobody uses them. */
export const mostIdle = 64
