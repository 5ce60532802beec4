/** Writes a final answer to a connection that has no `ServerResponse`. */
import type { Duplex } from 'node:stream'
import { type AnswerMark, type Reply, rawAnswer } from './reply.ts'

/** How long we keep reading, so that a client that is still sending gets the answer. */
const lingerMs = 1_000

/** Writes an answer and closes the connection. */
export function endWithReply(socket: Duplex, reply: Reply, mark: AnswerMark): void {
  endWith(socket, rawAnswer(reply, mark))
}

/**
 * Writes `last` and closes the connection, but first keeps reading for a while: closing with unread bytes would reset the
 * connection, and the client would lose the answer. The limit stops a client that never closes its side.
 */
export function endWith(socket: Duplex, last: string | Buffer): void {
  if (socket.destroyed) return
  socket.removeAllListeners('data')
  socket.on('error', () => socket.destroy())
  socket.once('end', () => socket.destroy())
  socket.end(last)
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref()
  socket.once('close', () => clearTimeout(timer))
}
