/** Limits of HTTP/1.1 connections to origins. */

/** The documented limit of an origin's headers, in bytes, beyond which Cloudflare answers 520. */
export const maxHeaderSize = 128 * 1024

/**
 * Milliseconds. An idle connection is closed before the origin might do so (Node after 5 s, some after 2): a POST on a closing
 * connection cannot be sent again.
 */
export const idleMs = 1_000

/** Connections per origin. */
export const mostConnections = 256
/** Idle connections per origin. */
export const mostIdle = 64
