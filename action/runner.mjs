/** What a GitHub Actions runner gives an action and takes from it: files and lines, by its documented workflow commands. */
import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { EOL } from 'node:os'

/** The trimmed value of an input, '' if it was not given. */
export function input(name) {
  return (process.env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim()
}

/** The lines of an input that has one value on each. */
export function lines(name) {
  return input(name)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
}

function append(file, name, value) {
  const path = process.env[file]
  if (!path) return
  // A random end, so that no value can close it and set another variable.
  const end = `end-${randomUUID()}`
  appendFileSync(path, `${name}<<${end}${EOL}${value}${EOL}${end}${EOL}`)
}

export const exportVariable = (name, value) => append('GITHUB_ENV', name, value)
export const setOutput = (name, value) => append('GITHUB_OUTPUT', name, value)
/** For the step at the end of the job, which reads it by `state`. */
export const saveState = (name, value) => append('GITHUB_STATE', name, value)
export const state = (name) => process.env[`STATE_${name}`] ?? ''

const escaped = (text) =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

/** Keeps a value out of the job's log. */
export function mask(value) {
  if (value) console.log(`::add-mask::${escaped(value)}`)
}

/** Marks the step as failed, with a message on the job's page. */
export function fail(message) {
  console.log(`::error title=Cloudflare Access emulator::${escaped(message)}`)
  process.exitCode = 1
}
