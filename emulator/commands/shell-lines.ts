/** An environment as lines for a POSIX shell, and the lines that take it back. */
import type { Environment } from './environment.ts'

/** A function of the shell, and variables beside it: programs do not get them, for what was there before may be secret. */
const undo = '_access_emulator_undo'
const was = '_access_emulator_was_'

export function setLines(change: Environment): string {
  const names = Object.keys(change).join(' ')
  const sets = Object.entries(change).map(([name, value]) =>
    value === undefined ? `unset ${name}` : `export ${name}=${quoted(value)}`,
  )
  return `# eval "$(access-emulator env)"; take it back with eval "$(access-emulator env --unset)"
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

/** What is set, to copy into a shell. */
export function exportLines(change: Environment): string {
  const lines = Object.entries(change).map(
    ([name, value]) => `export ${name}=${quoted(value ?? '')}`,
  )
  return `${lines.join('\n')}\n`
}

/** In a shell that was not set up itself, but started from one, what was there before is not known. */
export function unsetLines(names: readonly string[]): string {
  const otherwise = names.length === 0 ? '' : ` else unset ${names.join(' ')};`
  return `if command -v ${undo} >/dev/null; then ${undo};${otherwise} fi\n`
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`
}
