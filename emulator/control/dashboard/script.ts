/** The script of the pages, as the build made it. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { ControlHandler } from '../context.ts'

/** By the name of the package itself: this code runs from several folders of it. */
const folder = createRequire(import.meta.url).resolve('cloudflare-access-emulator/package.json')
const file = new URL('dist/dashboard.js', `file://${folder}`)

export const dashboardScript: ControlHandler<'dashboardScript'> = async () => ({
  result: await readFile(file, 'utf8'),
  headers: {
    'content-type': 'text/javascript; charset=UTF-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  },
})
