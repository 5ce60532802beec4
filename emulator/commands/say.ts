/** One line on stderr: stdout is for what was asked for. */
export function say(message: string): void {
  process.stderr.write(`access-emulator: ${message}\n`)
}
