/** Opens a URL in the user's browser. */
import { spawn } from 'node:child_process'
import type { Target } from '../target/target.ts'
import type { Environment } from '../transport/environment.ts'

/**
 * The URL as a browser on this machine can open it. An emulator on loopback serves every name below
 * `.localhost`, so the browser needs neither proxy settings nor certificates.
 */
export function browserUrl(url: URL, { address }: Pick<Target, 'address'>): URL {
  if (address === undefined || !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(address.hostname)) {
    return url
  }
  const port = address.port === '' ? '' : `:${address.port}`
  const { hostname, pathname, search } = url
  return new URL(`${address.protocol}//${hostname}.localhost${port}${pathname}${search}`)
}

const openers: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Calls back if the browser could not be started; does not wait for it. */
export function openInBrowser(url: URL, env: Environment, failed: () => void): void {
  const [command, ...before] = openers[process.platform] ?? ['xdg-open']
  const child = spawn(command, [...before, url.href], {
    env: { ...env },
    stdio: 'ignore',
    detached: true,
  })
  let isReported = false
  const report = () => {
    if (!isReported) failed()
    isReported = true
  }
  child.once('error', report)
  child.once('exit', (code) => {
    if (code !== 0) report()
  })
  child.unref()
}
