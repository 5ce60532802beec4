/** The last words on a connection that no `ServerResponse` has. */
import type { Duplex } from 'node:stream'
import { type Mark, type Reply, rawAnswer } from './reply.ts'

/** How long a client has to read them while it still sends. */
const lingerMs = 1_000

/** Writes an answer, and closes the connection. */
export function endWithReply(socket: Duplex, reply: Reply, mark: Mark): void {
  endWith(socket, rawAnswer(reply, mark))
}

/**
 * Closing with unread bytes resets the connection, and the client would lose what it was told: so read on for a while. A
 * client that never closes its half would otherwise hold the connection for ever.
 */
export function endWith(socket: Duplex, last: string | Buffer): void {
  if (socket.destroyed) return
  socket.removeAllListeners('data')
  socket.on('error', () => socket.destroy())
  socket.once('end', () => socket.destroy())
  socket.end(last)
  socket.resume()
  setTimeout(() => socket.destroy(), lingerMs).unref()
}
