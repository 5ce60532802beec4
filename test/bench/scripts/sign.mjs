/** How many RS256 signatures a second this machine makes when all it does is sign, on every thread it has. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { promisify } from 'node:util'

const ms = Number(process.argv[2]) * 1000
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const data = Buffer.alloc(600, 'x')
const one = promisify(sign)
let made = 0

async function worker(until) {
  while (performance.now() < until) {
    await one('sha256', data, privateKey)
    made += 1
  }
}

const before = process.cpuUsage()
const began = performance.now()
await Promise.all(Array.from({ length: 16 }, () => worker(began + ms)))
const rate = (made / (performance.now() - began)) * 1000
const { user, system } = process.cpuUsage(before)
process.stdout.write(`${JSON.stringify({ rate, cost: (user + system) / made })}\n`)
