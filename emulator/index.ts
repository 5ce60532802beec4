/** The package's main entry: an emulator in this process. */
export type { ControlCalls } from './control/in-process.ts'
export { createEmulator } from './instance/create.ts'
export type { Emulator } from './instance/emulator.ts'
export type { EmulatorOptions } from './instance/options.ts'
export type { SeedChange } from './seeds/seed-changes.ts'
