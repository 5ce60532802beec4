/** Flags that can also be set by an environment variable: `ACCESS_EMULATOR_` and the name of the flag (emulator-start). */
import { Option } from 'commander'

export function flag(flags: string, about: string): Option {
  const option = new Option(flags, about)
  return option.env(declared(option))
}

/** The same for a flag that may be repeated; its variable holds the values separated by spaces. */
export function repeated(flags: string, about: string): Option {
  return flag(flags, about)
    .default([], 'none')
    .argParser((text: string, before: readonly string[]) => [...before, ...text.split(/\s+/)])
}

/** Returns the variable's name; unsets it if it is empty, or a switch that says no, since compose files pass both on. */
function declared(option: Option): string {
  const variable = `ACCESS_EMULATOR_${option.name().toUpperCase().replaceAll('-', '_')}`
  const value = process.env[variable]
  if (value === '' || (option.isBoolean() && /^(0|false|no|off)$/i.test(value ?? ''))) {
    delete process.env[variable]
  }
  return variable
}
