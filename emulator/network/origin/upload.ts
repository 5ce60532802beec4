/** The body of a request on its way to an HTTP/1.1 origin, and what becomes of it when one side ends early. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Forward, originTrailers } from './forwarded.ts'

export function sendBody(upload: IncomingMessage, sent: ClientRequest, forward: Forward): void {
  upload.on('end', () => {
    if (upload.rawTrailers.length === 0 || sent.destroyed) return
    sent.addTrailers(originTrailers(upload.rawTrailers, forward))
  })
  upload.pipe(sent)
  // As with the answer's head: a client may wait for an answer before it sends the first byte of the body.
  process.nextTick(() => {
    if (upload.readableLength === 0 && !upload.complete && !sent.destroyed) sent.flushHeaders()
  })
}

/** Ends a request that was answered early once its client leaves: the origin would wait for the rest of the upload. */
export function endWithUpload(upload: IncomingMessage, sent: ClientRequest): void {
  if (upload.complete || sent.closed) return
  const { socket } = upload
  const left = () => {
    if (!upload.complete) sent.destroy()
  }
  if (socket.destroyed) left()
  // Once it is answered, Node closes an HTTP/1.1 request no more; a stream of HTTP/2 may end before its socket.
  upload.once('close', left)
  socket.once('close', left)
  sent.once('close', () => socket.off('close', left))
}

/** Discards the rest of an upload once the origin is gone: unread, it would block the client's connection. */
export function drain(upload: IncomingMessage, sent: ClientRequest): void {
  upload.unpipe(sent)
  if (!upload.readableEnded) upload.resume()
}
