/** The files of `dist`, built before the first test file that imports this: commands are tested as they are shipped. */
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'

// A command must not be tested as an old build left it. Outside of Vitest, `npm run history` has built before.
if (process.env.VITEST !== undefined) {
  const answer = await fetch(new URL('built', inject('madeAt')))
  if (!answer.ok) throw new Error(`The build failed: ${await answer.text()}`)
}

export const dist = (name: string): string =>
  fileURLToPath(new URL(`../../dist/${name}`, import.meta.url))
export const accessEmulator = dist('access-emulator.js')
export const accessClient = dist('access-client.js')
