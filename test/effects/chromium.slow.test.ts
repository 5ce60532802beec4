/** The rows of the table of effects that are seen in Chromium: one person's browser, one emulator, one row after another. */
import { expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { has } from '../commands/run/run-program.ts'
import { app, type EdgeFixture, edgeFixture, hosts, policy } from '../edge/applications.ts'
import { openChromium, type Tab, trustingHome } from '../edge/login/chromium.ts'
import { ada, addProvider, stranger } from '../edge/login/person.ts'
import { byChromium } from './table-of-programs.ts'

const root = 'https://team.cloudflareaccess.com/'
const wiki = 'https://wiki.example.com/'
const onlyAda = policy('allow', [{ email: { email: ada } }])

interface Scene {
  readonly edge: EdgeFixture
  readonly tab: Tab
  /** Id of the application at the host. */
  readonly app_id: string
}

interface Steps {
  readonly see: (scene: Scene) => Promise<string>
  readonly set: (scene: Scene) => Promise<unknown>
  /** Other rows begin as this one ended, unless it says how to take it back. */
  readonly undo?: (scene: Scene) => Promise<unknown>
}

const text = async (tab: Tab, expression: string) => String(await tab.value(expression))
const heading = (tab: Tab) => text(tab, "document.querySelector('h1').innerText")
const quoted = (words: string) => `“${words}”`

const sets =
  (fields: object) =>
  ({ edge, app_id }: Scene) =>
    edge.api(api.applications.replace, {
      params: { app_id },
      body: { type: 'self_hosted', name: 'Wiki', domain: 'wiki.example.com', ...fields },
    })

const design =
  (login_design: object) =>
  ({ edge }: Scene) =>
    edge.api(api.organizations.patch, { body: { login_design } })

/** Signs in at the stand-in for Okta. */
async function signsIn(tab: Tab, email: string): Promise<void> {
  await tab.open(wiki)
  await tab.follow('a.button')
  await tab.enter('#email', email)
}

async function refusal({ tab }: Scene): Promise<string> {
  await signsIn(tab, stranger)
  const href = await text(tab, 'location.href')
  if (!href.startsWith(root)) return href
  const ran = (await tab.value('window.ours === 1')) === true ? ', whose script ran' : ''
  return quoted(await heading(tab)) + ran
}

const names = (tab: Tab) =>
  text(tab, "[...document.querySelectorAll('.tile b')].map((each) => each.innerText).join(', ')")

async function launcher({ tab }: Scene): Promise<string> {
  await tab.open(root)
  return (await names(tab)) || 'no tile'
}

const steps: { readonly [E in keyof typeof byChromium]: Steps } = {
  'the login design': {
    async see({ tab }) {
      await tab.open(wiki)
      const header = await text(tab, "document.querySelector('header.design')?.innerText ?? ''")
      const colour = await text(tab, 'getComputedStyle(document.body).backgroundColor')
      return `${header === '' ? 'no header' : quoted(header)}, ${colour} behind it`
    },
    set: design({ header_text: 'Machines & Co.', background_color: '#102030' }),
    undo: design({}),
  },
  custom_deny_message: {
    see: refusal,
    set: sets({ custom_deny_message: 'Ask the help desk.' }),
    undo: sets({}),
  },
  'a custom page for people': {
    see: refusal,
    set: async (scene) => {
      const custom_html = '<h1>Ours</h1><script>var ours = 1</script>'
      const body = { name: 'Denied', type: 'identity_denied', custom_html }
      const { uid } = await scene.edge.api(api.customPages.create, { body })
      return sets({ custom_pages: [uid] })(scene)
    },
    undo: sets({}),
  },
  custom_deny_url: {
    see: refusal,
    set: sets({ custom_deny_url: 'https://help.example.com/denied' }),
    undo: sets({}),
  },
  'seats follow logins': {
    async see({ edge }) {
      const users = await edge.api(api.users.list)
      return users.length === 0
        ? 'no user'
        : `a user with${users[0]?.access_seat ? '' : 'out'} a seat`
    },
    set: ({ tab }) => signsIn(tab, ada),
  },
  'the App Launcher': {
    see: launcher,
    set: ({ edge }) =>
      edge.api(api.applications.create, { body: { type: 'app_launcher', policies: [onlyAda] } }),
  },
  'a bookmark': {
    see: launcher,
    set: ({ edge }) => {
      const body = { type: 'bookmark', name: 'Handbook', domain: 'https://handbook.example.org/' }
      return edge.api(api.applications.create, { body })
    },
  },
  'tags and a logo': {
    async see({ tab }) {
      await tab.open(root)
      const logo = await text(tab, "document.querySelector('.tile img')?.src ?? ''")
      if ((await tab.value("document.querySelector('nav') === null")) === true) {
        return `no tag, ${logo === '' ? 'no logo' : logo}`
      }
      const tag = await text(tab, "document.querySelector('nav a:last-child').innerText")
      await tab.follow('nav a:last-child')
      return `tag ${tag}, logo ${logo}; by the tag: ${await names(tab)}`
    },
    async set(scene) {
      await scene.edge.api(api.tags.create, { body: { name: 'Tools' } })
      return sets({ tags: ['Tools'], logo_url: `${wiki}logo.svg` })(scene)
    },
  },
  'a policy that takes the person out': {
    see: launcher,
    set: sets({ policies: [policy('allow', [{ email: { email: 'bob@example.com' } }])] }),
  },
  'a revoked session': {
    see: launcher,
    set: ({ edge }) => edge.api(api.organizations.revokeUser, { body: { email: ada } }),
  },
}

test(`${Object.keys(steps).join(', ')}: before and after`, { timeout: 120_000 }, async () => {
  if (!has('chromium', 'certutil')) return
  const home = await trustingHome()
  const edge = await edgeFixture({
    stateHome: home,
    applications: [app('wiki.example.com', [onlyAda], { name: 'Wiki' })],
  })
  await edge.api(api.applications.delete, { params: { app_id: edge.id(hosts.P) } })
  await addProvider(edge, 'okta', 'Okta')
  const tab = await openChromium({ home, proxy: edge.emulator.url })
  const scene = { edge, tab, app_id: edge.id('wiki.example.com') }
  for (const name of Object.keys(steps) as (keyof typeof steps)[]) {
    const { see, set, undo } = steps[name]
    const before = await see(scene)
    await set(scene)
    const { before: wasThen, after: isNow } = byChromium[name]
    expect
      .soft({ before, after: await see(scene) }, name)
      .toEqual({ before: wasThen, after: isNow })
    await undo?.(scene)
  }
})
