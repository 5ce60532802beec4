/** A tunnel that can be used before it is open: writes wait until then. */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { ProxyAddress, RouteTarget } from './route.ts'
import { openTunnel } from './tunnel.ts'

export function pendingTunnel(proxy: ProxyAddress, target: RouteTarget): Duplex {
  return new PendingTunnel(openTunnel(proxy, target))
}

class PendingTunnel extends Duplex {
  #opening: Promise<Socket>
  #socket: Socket | undefined
  #timeout = 0

  constructor(opening: Promise<Socket>) {
    super()
    this.#opening = opening
  }

  override _construct(done: (error?: Error) => void): void {
    this.#opening.then(
      (socket) => {
        if (this.destroyed) socket.destroy()
        this.#socket = socket
        socket.on('data', (chunk) => this.push(chunk) || socket.pause())
        socket.on('end', () => this.push(null))
        socket.on('error', (error) => this.destroy(error))
        socket.on('close', () => this.destroy())
        socket.on('timeout', () => this.emit('timeout'))
        socket.setTimeout(this.#timeout)
        done()
        this.emit('connect')
      },
      (error: Error) => done(error),
    )
  }

  override _read(): void {
    this.#socket?.resume()
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void) {
    this.#socket?.write(chunk, encoding, done)
  }

  override _final(done: () => void): void {
    this.#socket?.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket?.destroy()
    done(error)
  }

  // The methods of a socket that HTTP clients call.
  setTimeout(ms: number, listener?: () => void): this {
    this.#timeout = ms
    this.#socket?.setTimeout(ms)
    if (listener) this.once('timeout', listener)
    return this
  }

  setNoDelay(on?: boolean): this {
    this.#socket?.setNoDelay(on)
    return this
  }

  setKeepAlive(on?: boolean, ms?: number): this {
    this.#socket?.setKeepAlive(on, ms)
    return this
  }

  ref(): this {
    this.#socket?.ref()
    return this
  }

  unref(): this {
    this.#socket?.unref()
    return this
  }
}
