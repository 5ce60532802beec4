#!/usr/bin/env node
/** The command `access-client`. */
import { run } from './command.ts'

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
})
