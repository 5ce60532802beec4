/** Generates `emulator/api/own-handlers.ts`: one line for each group of operations that has a file there. */
import { api } from '../../contracts/api/operations.ts'

/** `customPages` has its handlers in `custom-pages.ts`. */
export function fileOf(group: string): string {
  return `${group.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`
}

export function ownHandlersModule(files: readonly string[]): string {
  const groups = Object.keys(api).filter((group) => files.includes(fileOf(group)))
  const imports = groups
    .map((group) => `import { ${group} } from './${fileOf(group)}'`)
    .toSorted()
    .join('\n')
  const lines = groups.map((group) => `  ${group},`).join('\n')
  return `/** What groups of operations do of their own. Generated from the files of this folder by \`npm run docs\`. Do not edit. */
${imports}

export const own = {
${lines}
}
`
}
