/** An environment as lines for a POSIX shell, and the lines that undo it. */
import { quoted } from '../world/shell-quote.ts'
import type { Environment } from './environment.ts'

/** A shell function and unexported variables, so that programs do not inherit them: previous values may be secret. */
const undo = '_access_emulator_undo'
const was = '_access_emulator_was_'

export function setLines(change: Environment): string {
  const names = Object.keys(change).join(' ')
  const sets = Object.entries(change).map(([name, value]) =>
    value === undefined ? `unset ${name}` : `export ${name}=${quoted(value)}`,
  )
  return `# eval "$(access-emulator env)"; undo it with eval "$(access-emulator env --unset)"
if command -v ${undo} >/dev/null; then ${undo}; fi
for _name in ${names}; do
  eval "if [ -n \\"\\\${$_name+set}\\" ]; then ${was}$_name=\\$$_name; fi"
done
${undo}() {
  for _name in ${names}; do
    eval "if [ -n \\"\\\${${was}$_name+set}\\" ]; then export $_name=\\"\\$${was}$_name\\"; else unset $_name; fi"
    unset "${was}$_name"
  done
  unset _name
  unset -f ${undo}
}
unset _name
${sets.join('\n')}
`
}

/** `export` lines to copy into a shell. */
export function exportLines(change: Environment): string {
  const lines = Object.entries(change).map(
    ([name, value]) => `export ${name}=${quoted(value ?? '')}`,
  )
  return `${lines.join('\n')}\n`
}

/** A shell started from the one that was set up does not know the previous values: there the names are just unset. */
export function unsetLines(names: readonly string[]): string {
  const otherwise = names.length === 0 ? '' : ` else unset ${names.join(' ')};`
  return `if command -v ${undo} >/dev/null; then ${undo};${otherwise} fi\n`
}
