/** Headless Chromium, controlled over its own pipe: no port, no driver. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { command, folder } from '../../commands/run/run-program.ts'

export interface Tab {
  /** Waits until the final page has loaded. */
  open(url: string): Promise<void>
  /** Types into a field, by its selector, and presses Enter; until the page that it leads to has loaded. */
  enter(field: string, text: string): Promise<void>
  /** Clicks a link, by its selector; until the page that it leads to has loaded. */
  follow(link: string): Promise<void>
  reload(): Promise<void>
  /** The value of an expression in the page, or what its promise resolves to. */
  value(expression: string): Promise<unknown>
  /** Base64 of a PNG. */
  picture(): Promise<string>
  /** The window's width from now on, and the colours that the person prefers. */
  looksAs(width: number, colours: 'light' | 'dark'): Promise<void>
}

/** A home whose browser trusts the emulator’s certificates; `certutil` must be there. */
export async function trustingHome(): Promise<string> {
  const home = await folder()
  const { stdout } = await command(
    ['ca', '--json', '--for-system', 'cloudflareaccess.com', 'example.com'],
    { env: { XDG_STATE_HOME: home } },
  )
  const { certificate } = JSON.parse(stdout) as { certificate: string }
  const nss = join(home, '.pki/nssdb')
  mkdirSync(nss, { recursive: true })
  execFileSync('certutil', ['-d', `sql:${nss}`, '-N', '--empty-password'])
  const trust = ['-A', '-t', 'C,,', '-n', 'emulator', '-i', certificate]
  execFileSync('certutil', ['-d', `sql:${nss}`, ...trust])
  return home
}

/** Closed when the test ends. */
export async function openChromium(options: {
  /** Its profile and its certificates. */
  readonly home: string
  /** `http://127.0.0.1:PORT` */
  readonly proxy: string
}): Promise<Tab> {
  const { home, proxy } = options
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe']
  const own = [`--user-data-dir=${home}/profile`, `--proxy-server=${proxy}`]
  const child = spawn('chromium', [...flags, ...own, '--window-size=900,900', 'about:blank'], {
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    // With its helpers, which are of its process group, or they go on writing to the profile.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await ended
  })
  const [, , , input, output] = child.stdio
  const send = speak(input as Writable, output as Readable)
  const { targetInfos } = await send<{ targetInfos: { type: string; targetId: string }[] }>(
    'Target.getTargets',
  )
  const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId
  const attached = await send<{ sessionId: string }>('Target.attachToTarget', {
    targetId,
    flatten: true,
  })
  const { sessionId } = attached
  await send('Page.enable', {}, sessionId)

  const loaded = async (act: () => Promise<unknown>) => {
    const load = send.event('Page.loadEventFired')
    await act()
    await load
  }
  const value = async (expression: string) => {
    const asked = { expression, returnByValue: true, awaitPromise: true }
    const { result } = await send<{ result: { value: unknown } }>(
      'Runtime.evaluate',
      asked,
      sessionId,
    )
    return result.value
  }
  return {
    open: (url) => loaded(() => send('Page.navigate', { url }, sessionId)),
    enter: (field, text) =>
      loaded(async () => {
        // A page that has loaded may not have given the focus yet.
        await value(`document.querySelector(${JSON.stringify(field)}).focus()`)
        await send('Input.insertText', { text }, sessionId)
        for (const type of ['keyDown', 'keyUp']) {
          const key = { key: 'Enter', code: 'Enter', text: '\r', windowsVirtualKeyCode: 13 }
          await send('Input.dispatchKeyEvent', { type, ...key }, sessionId)
        }
      }),
    follow: (link) =>
      loaded(() => value(`document.querySelector(${JSON.stringify(link)}).click()`)),
    reload: () => loaded(() => send('Page.reload', {}, sessionId)),
    value,
    async looksAs(width, colours) {
      const size = { width, height: 844, deviceScaleFactor: 1, mobile: false }
      await send('Emulation.setDeviceMetricsOverride', size, sessionId)
      const features = [{ name: 'prefers-color-scheme', value: colours }]
      await send('Emulation.setEmulatedMedia', { features }, sessionId)
    },
    async picture() {
      const { data } = await send<{ data: string }>('Page.captureScreenshot', {}, sessionId)
      return data
    },
  }
}

/** If `PICTURES` names a folder, saves the pages there for inspection. */
export async function keep(tab: Tab, name: string): Promise<void> {
  const { PICTURES } = process.env
  if (PICTURES === undefined) return
  mkdirSync(PICTURES, { recursive: true })
  writeFileSync(join(PICTURES, `${name}.png`), await tab.picture(), 'base64')
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** The protocol: JSON messages, each ended by a zero byte. */
function speak(input: Writable, output: Readable) {
  const waiting = new Map<number, (message: Message) => void>()
  const listening = new Map<string, () => void>()
  let rest = ''
  output.setEncoding('utf8').on('data', (text: string) => {
    const parts = `${rest}${text}`.split('\0')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const message = JSON.parse(part) as Message
      if (message.id !== undefined) waiting.get(message.id)?.(message)
      if (message.method !== undefined) listening.get(message.method)?.()
    }
  })
  let count = 0
  const send = <T>(method: string, params: object = {}, sessionId?: string): Promise<T> =>
    new Promise((resolve, reject) => {
      count += 1
      waiting.set(count, ({ result, error }) => {
        if (error === undefined) resolve(result as T)
        else reject(new Error(`${method}: ${error.message}`))
      })
      const session = sessionId === undefined ? {} : { sessionId }
      input.write(`${JSON.stringify({ id: count, method, params, ...session })}\0`)
    })
  const event = (method: string): Promise<void> =>
    new Promise((resolve) => listening.set(method, resolve))
  return Object.assign(send, { event })
}
