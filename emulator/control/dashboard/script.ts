/** The script of the pages, as the build made it. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { control } from '../../../contracts/control/endpoints.ts'
import type { ControlHandlers } from '../context.ts'

type DashboardScript = ControlHandlers<Pick<typeof control, 'dashboardScript'>>['dashboardScript']

/** By the name of the package itself: this code runs from several folders of it. */
const folder = createRequire(import.meta.url).resolve('cloudflare-access-emulator/package.json')
const file = new URL('dist/dashboard.js', `file://${folder}`)

export const dashboardScript: DashboardScript = async () => ({
  result: await readFile(file, 'utf8'),
  headers: {
    'content-type': 'text/javascript; charset=UTF-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  },
})
