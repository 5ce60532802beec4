/** Login steps for tests. */
import { api } from '../../../contracts/api/operations.ts'
import { type EdgeFixture, type EdgeOptions, edgeFixture } from '../applications.ts'
import { type Browser, browser, type Page, pinOn } from './browser.ts'

export const team = 'https://team.cloudflareaccess.com'
export const ada = 'ada@example.com'
export const stranger = 'eve@elsewhere.example'

/** An edge, and a browser that has been nowhere yet. */
export async function edgeAndBrowser(options?: EdgeOptions) {
  const edge = await edgeFixture(options)
  return { edge, person: browser(edge.emulator) }
}

export function last(way: readonly Page[]): Page {
  const page = way.at(-1)
  if (page === undefined) throw new Error('there is no page')
  return page
}

/** The page on which a browser ends after opening a URL. */
export async function opened(person: Browser, url: string): Promise<Page> {
  return last(await person.follow(await person.get(url)))
}

/** The page that asks for the PIN. */
export async function askedForPin(person: Browser, url: string, email = ada): Promise<Page> {
  const sent = await person.submit(await opened(person, url), { email })
  return last(await person.follow(sent))
}

/** Signs in by One-time PIN; returns every page from the PIN on. */
export async function signIn(person: Browser, url: string, email = ada): Promise<readonly Page[]> {
  const page = await askedForPin(person, url, email)
  return person.follow(await person.submit(page, { code: pinOn(page) }))
}

/** Adds an identity provider with a stand-in; returns its id. */
export async function addProvider(edge: EdgeFixture, type: string, name: string): Promise<string> {
  const config = { client_id: 'id', client_secret: 'secret' }
  const { id } = await edge.api(api.identityProviders.create, { body: { type, name, config } })
  return id
}

/** The page of the stand-in that the login page calls by this name. */
export async function standIn(person: Browser, url: string, name: string): Promise<Page> {
  const page = await opened(person, url)
  const link = new RegExp(`<a class="button" href="([^"]*)">${name}</a>`).exec(page.text)?.[1]
  if (link === undefined) throw new Error(`there is no ${name}: ${page.text}`)
  return person.get(new URL(link.replaceAll('&amp;', '&'), page.url))
}

/** The user as the built-in origin sees it; undefined for other pages. */
export function whoIsAt({ text, status }: Page): string | undefined {
  if (status !== 200 || !text.startsWith('{')) return undefined
  const { headers } = JSON.parse(text) as { headers: Record<string, string> }
  return headers['cf-access-authenticated-user-email']
}

/** The newest entry of the journal for an operation. */
export const entryOf = (edge: EdgeFixture, operation: string) => edge.lastEntry({ operation })
