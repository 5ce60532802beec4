/** Writes lines to the end of a log file, into room that was made before: a sync then waits for their bytes alone. */
import { writeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { Sink } from './group-commit.ts'

/** Zeros behind the last line, which no line contains. A file that grows has to sync its length too, by a journal. */
const room = Buffer.alloc(256 * 1024)

export async function createLogSink(file: FileHandle): Promise<Sink> {
  let { size: end } = await file.stat()
  let length = end
  return {
    write(text) {
      const bytes = Buffer.from(text)
      if (end + bytes.length > length) {
        length = end + bytes.length + room.length
        writeAll(file.fd, room, length - room.length)
      }
      writeAll(file.fd, bytes, end)
      end += bytes.length
    },
    sync: () => file.datasync(),
    async close() {
      await file.truncate(end)
      await file.close()
    },
  }
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done)
  }
}
