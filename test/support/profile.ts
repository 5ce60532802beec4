/**
 * `npm run test:profile`: what each file costs, dearest first. Files run one after the other, so that what the process and
 * its children use between two ends belongs to the second. Give files or folders as arguments to profile only them.
 */
import { readFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

interface Cost {
  /** Seconds of processor time: of this process, and of children that have ended. */
  readonly own: number
  readonly children: number
  readonly wall: number
}

interface Row extends Cost {
  readonly file: string
  readonly tests: number
  /** Seconds until its tests were known: reading and transforming modules that no file before it had read. */
  readonly imports: number
}

/** Linux counts in hundredths of a second. */
const ticks = 100

function spent(): Cost {
  const { user, system } = process.cpuUsage()
  // The command's name, in parentheses, may contain spaces; the 16th and 17th field are the children's.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const children = (Number(fields[13]) + Number(fields[14])) / ticks
  return { own: (user + system) / 1e6, children, wall: performance.now() / 1000 }
}

/** What most of its time goes into, in words. */
function waitsFor({ own, children, wall, imports }: Row): string {
  const idle = wall - own - children
  const parts: [string, number][] = [
    ['child processes', children],
    ['importing modules', imports],
    ['its own code', own - imports],
    ['timers and sockets', idle],
  ]
  const [first] = parts.sort(([, a], [, b]) => b - a)
  return first?.[0] ?? ''
}

const seconds = (value: number) => value.toFixed(1).padStart(8)

export default class Profile implements Reporter {
  private before = spent()
  private readonly rows: Row[] = []

  onTestRunStart(): void {
    this.before = spent()
  }

  onTestModuleEnd(module: TestModule): void {
    const now = spent()
    this.rows.push({
      file: module.relativeModuleId,
      tests: [...module.children.allTests()].length,
      own: now.own - this.before.own,
      children: now.children - this.before.children,
      wall: now.wall - this.before.wall,
      imports: module.diagnostic().collectDuration / 1000,
    })
    this.before = now
  }

  onTestRunEnd(): void {
    const cpu = ({ own, children }: Cost) => own + children
    console.log(`\n${'     CPU  of it children   wall   tests  file, and what it waits for'}`)
    for (const row of this.rows.sort((a, b) => cpu(b) - cpu(a))) {
      const numbers = [cpu(row), row.children, row.wall].map(seconds).join('')
      console.log(`${numbers}${String(row.tests).padStart(8)}  ${row.file}: ${waitsFor(row)}`)
    }
    const all = this.rows.reduce((sum, row) => sum + cpu(row), 0)
    console.log(`${seconds(all)} seconds of processor time in ${this.rows.length} files`)
  }
}
