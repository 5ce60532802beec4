/** The example of a Vite dev server behind Access: a person signs in with Chromium, and an edit arrives in the open page. */
import { spawn } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { folder, has } from '../commands/run/run-program.ts'
import { openChromium, type Tab } from '../edge/login/chromium.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A copy of the example, on free ports. */
async function example(): Promise<string> {
  const place = join(await folder(), 'vite')
  const source = join(root, 'docs/examples/vite')
  await cp(source, place, {
    recursive: true,
    filter: (path) => !path.startsWith(join(source, 'node_modules')),
  })
  await mkdir(join(place, 'node_modules'))
  await symlink(root, join(place, 'node_modules/cloudflare-access-emulator'))
  await symlink(join(root, 'node_modules/vite'), join(place, 'node_modules/vite'))
  await edit(
    place,
    'vite.config.js',
    "host: 'wiki.example.com'",
    "host: 'wiki.example.com', port: 0",
  )
  return place
}

async function edit(place: string, file: string, before: string, after: string): Promise<void> {
  const text = await readFile(join(place, file), 'utf8')
  expect(text).toContain(before)
  await writeFile(join(place, file), text.replace(before, after))
}

/** Starts `vite`, and reads its lines. */
function startVite(place: string) {
  const program = join(place, 'node_modules/vite/bin/vite.js')
  const child = spawn(process.execPath, [program, '--port', '0'], {
    cwd: place,
    env: { ...process.env, NO_COLOR: '1', NODE_ENV: 'development' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGTERM'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  /** The rest of the next line that has `words`. */
  const after = async (words: string): Promise<string> => {
    for (;;) {
      const { done, value = '' } = await lines.next()
      if (done) throw new Error(`vite ended without "${words}"`)
      if (value.includes(words)) return value.slice(value.indexOf(words) + words.length).trim()
    }
  }
  return { after }
}

async function signIn(tab: Tab): Promise<void> {
  await tab.enter('#email', 'ada@example.com')
  const pin = await tab.value("document.querySelector('output').textContent")
  await tab.enter('#code', String(pin))
}

/** Resolves in the page once its text has `words`. */
const shows = (tab: Tab, words: string) =>
  tab.value(`new Promise((resolve) => {
    const look = () => document.body.innerText.includes(${JSON.stringify(words)}) && resolve(document.body.innerText)
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
    look()
  })`)

test('a module is replaced in the page of a signed-in person', { timeout: 60_000 }, async () => {
  if (!has('chromium')) {
    console.warn('The example of Vite is not run: no chromium here')
    return
  }
  const place = await example()
  const vite = startVite(place)
  const url = await vite.after('Behind Access:')
  expect(url).toMatch(/^http:\/\/wiki\.example\.com\.localhost:\d+\/$/)
  const tab = await openChromium({ home: await folder(), proxy: 'direct://' })
  await tab.open(url)
  await signIn(tab)
  expect(await tab.value('location.href')).toBe(url)
  expect(await shows(tab, 'You are')).toBe('Welcome\n\nYou are ada@example.com.')

  // A page that was loaded again would have lost this.
  await tab.value('window.kept = true')
  await edit(place, 'greeting.js', 'Welcome', 'Hello')
  expect(await shows(tab, 'Hello')).toBe('Hello\n\nYou are ada@example.com.')
  expect(await tab.value('window.kept')).toBe(true)

  // A restart ends the emulator before it starts another.
  await edit(place, 'vite.config.js', 'port: 0', `port: ${new URL(url).port}`)
  expect(await vite.after('Behind Access:')).toBe(url)
})
