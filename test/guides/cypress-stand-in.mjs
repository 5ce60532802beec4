/**
 * Stands in for Cypress, as far as docs/guides/cypress.md uses it: commands are queued, and performed by plain requests in the
 * environment that Cypress would have. Prints the title of each test that passes.
 */
import { pathToFileURL } from 'node:url'

const [, , folder = '.'] = process.argv
const load = async (path) => (await import(pathToFileURL(`${folder}/${path}`).href)).default

const config = (await load('cypress.config.mjs')).e2e
let tasks = {}
config.setupNodeEvents((event, given) => {
  if (event === 'task') tasks = given
})

const sessions = new Map()
let cookies = new Map()
let page = ''
/** Commands that wait; a command within another runs before the next one. */
let queue = []

/** @param run gets what the command before returned */
function enqueue(run) {
  queue.push(run)
  return chain
}

async function drain() {
  let subject
  while (queue.length > 0) {
    const run = queue.shift()
    const rest = queue
    queue = []
    subject = await run(subject)
    queue = [...queue, ...rest]
  }
}

const ask = (url, init) =>
  fetch(new URL(url, config.baseUrl), {
    ...init,
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  })

const chain = {
  // biome-ignore lint/suspicious/noThenProperty: Cypress's commands have it.
  then: (use) => enqueue(async (subject) => use(subject)),
  its: (name) => enqueue((subject) => subject[name]),
  should: (_, wanted) =>
    enqueue((subject) => {
      if (subject !== wanted) throw new Error(`${subject} is not ${wanted}`)
      return subject
    }),
}
const cy = {
  task: (name, argument) => enqueue(() => tasks[name](argument)),
  session: (id, make) =>
    enqueue(async () => {
      const key = JSON.stringify(id)
      cookies = new Map(sessions.get(key))
      if (sessions.has(key)) return
      make()
      await drain()
      sessions.set(key, cookies)
    }),
  setCookie: (name, value) => enqueue(() => cookies.set(name, value)),
  visit: (url) =>
    enqueue(async () => {
      page = await (await ask(url)).text()
    }),
  contains: (text) =>
    enqueue(() => {
      if (!page.includes(text)) throw new Error(`the page does not contain ${text}: ${page}`)
    }),
  request: ({ url, followRedirect }) =>
    enqueue(() => ask(url, { redirect: followRedirect === false ? 'manual' : 'follow' })),
}

const before = []
const tests = []
Object.assign(globalThis, {
  cy,
  Cypress: {
    Commands: {
      add(name, command) {
        cy[name] = command
      },
    },
  },
  beforeEach: (hook) => before.push(hook),
  describe: (_, body) => body(),
  it: (title, body) => tests.push({ title, body }),
})
await load('cypress/support/e2e.js')
await load('cypress/e2e/wiki.cy.js')

for (const { title, body } of tests) {
  cookies = new Map()
  for (const hook of before) hook()
  body()
  await drain()
  console.log(title)
}
