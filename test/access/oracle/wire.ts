/** One connection that pipelines HEAD requests and reads only the status of each response. */
import { connect } from 'node:net'

export interface Wire {
  statuses(heads: readonly Readonly<Record<string, string>>[]): Promise<number[]>
  close(): void
}

export function wireTo(port: number, host: string): Wire {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let waiting:
    | { at: number; resolve: (read: number[]) => void; reject: (e: Error) => void }
    | undefined
  const end = (error: Error) => waiting?.reject(error)
  socket.setEncoding('latin1')
  socket.on('error', end)
  socket.on('close', () => end(new Error('the emulator closed the connection')))
  socket.on('data', (chunk) => {
    text += chunk
    const answers = text.split('\r\n\r\n')
    if (waiting === undefined || answers.length <= waiting.at) return
    text = ''
    waiting.resolve(answers.slice(0, waiting.at).map((answer) => Number(answer.slice(9, 12))))
  })
  return {
    statuses(heads) {
      const lines = heads.map((headers) => {
        const sent = Object.entries({ host, ...headers }).map(
          ([name, value]) => `${name}: ${value}`,
        )
        return ['HEAD / HTTP/1.1', ...sent, '', ''].join('\r\n')
      })
      return new Promise((resolve, reject) => {
        if (heads.length === 0) return resolve([])
        waiting = { at: heads.length, resolve, reject }
        socket.write(lines.join(''))
      })
    },
    close: () => {
      waiting = undefined
      socket.destroy()
    },
  }
}
