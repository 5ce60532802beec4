/** Runs in the browser: keeps the page current, and sends the calls of the control API that its buttons say. */
import { Idiomorph } from 'idiomorph'

const everyMs = 1000

document.documentElement.classList.add('live')

/** The page as the emulator would show it now. Undefined if it does not answer. */
async function current(): Promise<Document | undefined> {
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
    if (!answer.ok) return undefined
    return new DOMParser().parseFromString(await answer.text(), 'text/html')
  } catch {
    return undefined
  }
}

/** What a person has opened, typed or chosen stays. */
const kept = {
  beforeAttributeUpdated: (name: string) => !['open', 'value', 'selected'].includes(name),
}

/** Brings parts of the page up to date, by their ids, and leaves the others as they are. */
async function refresh(selector: string): Promise<void> {
  const next = await current()
  document.documentElement.classList.toggle('lost', next === undefined)
  for (const part of document.querySelectorAll(selector)) {
    const now = next?.getElementById(part.id)
    if (now === null || now === undefined || now.innerHTML === part.innerHTML) continue
    Idiomorph.morph(part, now, {
      morphStyle: 'outerHTML',
      ignoreActiveValue: true,
      callbacks: kept,
    })
  }
}

let isWaiting = false

async function follow(): Promise<void> {
  const isReading = document.activeElement instanceof HTMLInputElement
  if (isWaiting || document.hidden || isReading || getSelection()?.type === 'Range') return
  isWaiting = true
  try {
    await refresh('[data-live]')
  } finally {
    isWaiting = false
  }
}

setInterval(() => void follow(), everyMs)

interface SentCall {
  readonly method: string
  readonly path: string
  readonly operation: string
  readonly input: object
  readonly body: object | undefined
}

function callOf(form: HTMLFormElement): SentCall {
  const { method = '', path = '', operation = '', input = '{}', body = '' } = form.dataset
  const fields = [...form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[name]')]
  const entries = fields
    .filter(({ value }) => value !== '')
    .map((field) => [field.name, typedValue(field)] as const)
  const whole = { ...JSON.parse(body || '{}'), ...Object.fromEntries(entries) }
  const hasBody = body !== '' || entries.length > 0
  return { method, path, operation, input: JSON.parse(input), body: hasBody ? whole : undefined }
}

function typedValue(field: HTMLInputElement | HTMLSelectElement): unknown {
  if (field.dataset.json !== undefined) return JSON.parse(field.value)
  return field.type === 'number' ? Number(field.value) : field.value
}

interface SentAnswer {
  readonly ok: boolean
  /** Undefined if there was no answer. */
  readonly status: number | undefined
  readonly value: unknown
}

async function send(call: SentCall): Promise<SentAnswer> {
  try {
    return await answerTo(call)
  } catch (error) {
    return { ok: false, status: undefined, value: String(error) }
  }
}

async function answerTo({ method, path, body }: SentCall): Promise<SentAnswer> {
  const answer = await fetch(path, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { ok: answer.ok, status: answer.status, value: parsed(text) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The call as a line for a shell, and as one for a test. */
function asText({ method, path, operation, input, body }: SentCall): readonly [string, string] {
  const json = body === undefined ? undefined : JSON.stringify(body)
  const data = json?.replaceAll("'", "'\\''")
  const sent = data === undefined ? '' : ` -H 'content-type: application/json' -d '${data}'`
  const given = { ...input, ...(body && { body }) }
  const argument = Object.keys(given).length === 0 ? '' : JSON.stringify(given)
  return [
    `curl -X ${method} '${location.origin}${path}'${sent}`,
    `await emulator.control.${operation}(${argument})`,
  ]
}

function element(
  tag: string,
  text = '',
  attributes: Readonly<Record<string, string>> = {},
): Element {
  const made = document.createElement(tag)
  made.textContent = text
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}

function show(call: SentCall, { ok, status, value }: SentAnswer): void {
  const panel = document.getElementById('done')
  if (panel === null) return
  const bar = element('div', '', { class: 'bar' })
  bar.append(
    element('b', ok ? 'Done' : status === undefined ? 'No answer' : `Refused: ${status}`, {
      class: ok ? 'good' : 'bad',
    }),
    ...undoOf(call, value, ok),
  )
  const close = element('button', 'Close', { type: 'button', class: 'plain' })
  close.addEventListener('click', () => panel.setAttribute('hidden', ''))
  bar.append(close)
  const lines = asText(call).map((line) => {
    const row = element('p')
    row.append(element('code', line), ' ', copyButton(line))
    return row
  })
  const answer = element('details')
  answer.append(
    element('summary', 'The answer'),
    element('pre', JSON.stringify(value, null, 2), { tabindex: '0' }),
  )
  if (!ok) answer.setAttribute('open', '')
  panel.replaceChildren(bar, ...lines, answer)
  panel.removeAttribute('hidden')
  // The button may be gone, or stand elsewhere now.
  if (document.activeElement === document.body) panel.focus()
}

function copyButton(text: string): Element {
  return element('button', 'Copy', {
    type: 'button',
    'data-copy': text,
    'aria-label': `Copy ${text}`,
  })
}

/** A button that takes the call back, where there is one that does. */
function undoOf(call: SentCall, value: unknown, ok: boolean): readonly Element[] {
  const back = ok ? inverseOf(call, value) : undefined
  if (back === undefined) return []
  const button = element('button', 'Undo', { type: 'button' })
  button.addEventListener('click', () => void perform(back))
  return [button]
}

function inverseOf({ operation, path, input }: SentCall, value: unknown): SentCall | undefined {
  if (operation === 'setMode') {
    return { method: 'DELETE', path, operation: 'endMode', input, body: undefined }
  }
  if (operation !== 'applyChanges') return undefined
  const id = String(Reflect.get(Object(value), 'id'))
  const [place = '', search] = path.split('?')
  const whole = `${place}/${id}${search === undefined ? '' : `?${search}`}`
  const about = { params: { id }, ...input }
  return { method: 'DELETE', path: whole, operation: 'undoChanges', input: about, body: undefined }
}

async function perform(call: SentCall): Promise<void> {
  const answer = await send(call)
  await refresh('[data-live]')
  show(call, answer)
}

document.addEventListener('submit', (event) => {
  const form = event.target
  if (!(form instanceof HTMLFormElement) || !form.classList.contains('call')) return
  event.preventDefault()
  void perform(callOf(form))
})

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null
  if (!(button instanceof HTMLElement)) return
  void copy(button)
})

/** Only a page of this machine, or over TLS, may write to the clipboard; elsewhere the text is selected. */
async function copy(button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(button.dataset.copy ?? '')
    button.textContent = 'Copied'
  } catch {
    const shown = button.parentElement?.querySelector('code')
    if (shown) getSelection()?.selectAllChildren(shown)
  }
}
