/** The rooms of a part of the source: its folders and loose files, their floors, and the arrows of imports between them. */
import { posix } from 'node:path'

interface RoomSource {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

/** One room imports another. */
export interface Arrow {
  readonly from: string
  readonly to: string
  /** How many imports it stands for, including those of types. */
  readonly imports: number
}

export interface Plan {
  /** Names of folders and of loose files. */
  readonly rooms: readonly string[]
  /** The lowest first: each room stands one floor above the highest that it imports. */
  readonly floors: readonly (readonly string[])[]
  /** All of them. */
  readonly arrows: readonly Arrow[]
  /** Those that close a circle of rooms: of each circle the arrow with the fewest imports. */
  readonly back: readonly Arrow[]
  readonly lines: number
}

const relativeImport = /\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g

/** The plan of one part, such as `emulator`. */
export function planOf(part: string, all: readonly RoomSource[]): Plan {
  const sources = all.filter(({ path }) => path.startsWith(`${part}/`))
  const rooms = [...new Set(sources.map(({ path }) => roomOf(path)))].sort()
  const arrows = arrowsBetween(part, sources)
  const back: Arrow[] = []
  let kept = arrows
  for (let circle = circleIn(rooms, kept); circle; circle = circleIn(rooms, kept)) {
    const weakest = circle.reduce((least, each) => (each.imports < least.imports ? each : least))
    back.push(weakest)
    kept = kept.filter((each) => each !== weakest)
  }
  const lines = sources.reduce((sum, { text }) => sum + text.split('\n').length - 1, 0)
  return { rooms, floors: floorsOf(rooms, kept), arrows, back, lines }
}

function roomOf(path: string): string {
  return path.split('/')[1] ?? ''
}

function arrowsBetween(part: string, sources: readonly RoomSource[]): Arrow[] {
  const arrows = new Map<string, Arrow>()
  for (const { path, text } of sources) {
    for (const [, target = ''] of text.matchAll(relativeImport)) {
      const imported = posix.join(posix.dirname(path), target)
      const [from, to] = [roomOf(path), roomOf(imported)]
      if (!imported.startsWith(`${part}/`) || from === to) continue
      const imports = (arrows.get(`${from} ${to}`)?.imports ?? 0) + 1
      arrows.set(`${from} ${to}`, { from, to, imports })
    }
  }
  return [...arrows.values()]
}

/** The arrows of one circle, if there is any. */
function circleIn(rooms: readonly string[], arrows: readonly Arrow[]): Arrow[] | undefined {
  const done = new Set<string>()
  const walk = (room: string, taken: readonly Arrow[]): Arrow[] | undefined => {
    const start = taken.findIndex(({ from }) => from === room)
    if (start >= 0) return taken.slice(start)
    if (done.has(room)) return undefined
    for (const arrow of arrows.filter(({ from }) => from === room)) {
      const found = walk(arrow.to, [...taken, arrow])
      if (found) return found
    }
    done.add(room)
    return undefined
  }
  for (const room of rooms) {
    const found = walk(room, [])
    if (found) return found
  }
  return undefined
}

function floorsOf(rooms: readonly string[], arrows: readonly Arrow[]): string[][] {
  const floors: string[][] = []
  let left = [...rooms]
  while (left.length > 0) {
    const floor = left.filter((room) =>
      arrows.every(({ from, to }) => from !== room || !left.includes(to)),
    )
    floors.push(floor)
    left = left.filter((room) => !floor.includes(room))
  }
  return floors
}
