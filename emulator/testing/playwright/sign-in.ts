/** Signs a person in through the pages that Access shows, as that person would. */
import type { Page, Response } from '@playwright/test'
import type { AccessPins } from './pins.ts'

/** What the stand-in of an identity provider says about the person; a One-time PIN says nothing. */
export interface SignInOptions {
  /** The URL to open first. Default: the page is at the login page already. */
  readonly url?: string
  /** An identity provider, by the name that the login page shows. Default: the One-time PIN, if it is offered. */
  readonly provider?: string
  readonly name?: string
  readonly groups?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
}

/**
 * Resolves when the page is at what the person wanted to open.
 * @throws Error if the page is not at a login page, or the policies refuse the person
 */
export type AccessSignIn = (page: Page, email: string, options?: SignInOptions) => Promise<void>

export function signInWith(pins: AccessPins): AccessSignIn {
  return async (page, email, { url, provider, ...said } = {}) => {
    if (url !== undefined) await page.goto(url)
    if (!isTeamPage(page.url())) {
      throw new Error(
        `The page is at ${page.url()}, which is not a login page of Access. Open a protected URL first, or name it: signIn(page, email, { url }).`,
      )
    }
    await chooseProvider(page, provider)
    const emailField = page.locator('input[name=email]')
    await emailField.fill(email)
    const isStandIn = (await page.locator('input[name=groups]').count()) > 0
    if (isStandIn) {
      await fillStandIn(page, said)
      await finish(page, email, () => emailField.press('Enter'))
      return
    }
    if (Object.keys(said).length > 0) {
      throw new Error(
        `A One-time PIN says nothing of a person but the address. Name an identity provider to give ${Object.keys(said).join(' and ')}.`,
      )
    }
    const code = page.locator('input[name=code]')
    await emailField.press('Enter')
    await code.waitFor()
    await code.fill(await pins.of(email))
    await finish(page, email, () => code.press('Enter'))
  }
}

async function chooseProvider(page: Page, provider: string | undefined): Promise<void> {
  const links = page.locator('a.button')
  if (provider !== undefined) await links.filter({ hasText: provider }).first().click()
  else if ((await page.locator('input[name=email]').count()) === 0) await links.first().click()
}

async function fillStandIn(
  page: Page,
  { name, groups, claims }: Pick<SignInOptions, 'name' | 'groups' | 'claims'>,
): Promise<void> {
  if (name !== undefined) await page.locator('input[name=name]').fill(name)
  if (groups !== undefined) await page.locator('input[name=groups]').fill(groups.join(', '))
  const field = page.locator('textarea[name=claims]')
  if (claims !== undefined) await field.fill(JSON.stringify(claims))
}

/** Submits the last form, and waits for the page at the end of the redirects. */
async function finish(page: Page, email: string, submit: () => Promise<void>): Promise<void> {
  const isEnd = (response: Response) =>
    response.frame() === page.mainFrame() &&
    response.request().isNavigationRequest() &&
    (response.status() < 300 || response.status() > 399)
  const [response] = await Promise.all([page.waitForResponse(isEnd), submit()])
  await page.waitForURL(response.url())
  if (!isTeamPage(response.url()) || response.ok()) return
  const heading = await page.locator('h1').first().textContent()
  throw new Error(`Access did not let ${email} in: ${heading?.trim()} (${response.status()}).`)
}

function isTeamPage(address: string): boolean {
  return URL.canParse(address) && new URL(address).hostname.endsWith('.cloudflareaccess.com')
}
