/** The pages of the App Launcher. How Cloudflare's look is not published; these look like the login (sign-in-launcher-page). */
import type { Tile } from '../../account/account.ts'
import { type Content, Html, html } from '../../http/html.ts'
import { footer, style } from '../login/card.ts'
import { contentPolicy } from '../login/flow.ts'
import { type Image, imageOf, inkOn, shown } from '../look.ts'
import { page } from '../pages.ts'
import type { LauncherLook } from './settings.ts'

export interface LauncherPage {
  readonly html: string
  /** Its content security policy: no image but those that the account has set. */
  readonly policy: Readonly<Record<string, string>>
}

const title = 'App Launcher ・ Cloudflare Access'

const launcherStyle = `
.top{box-sizing:border-box;width:100%;padding:.75rem 1.5rem;display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;background:#fff;border-bottom:1px solid #d9dce1;overflow-wrap:anywhere}
.top img{max-height:2rem;max-width:10rem}.top strong{flex:1 0 auto;max-width:100%}.top span{max-width:100%}
.top a,.links a{color:inherit}
main.wide{max-width:56rem;margin-top:1.5rem}
nav{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0}
nav a{padding:.15rem .75rem;border:1px solid #9aa0aa;border-radius:1rem;color:inherit;text-decoration:none}
nav a[aria-current]{border-color:var(--accent);background:var(--accent);color:#fff}
.tiles{list-style:none;margin:1rem 0 0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(11rem,100%),1fr));gap:.75rem}
.tile{box-sizing:border-box;display:block;height:100%;padding:1rem;border:1px solid #d9dce1;border-radius:.4rem;color:inherit;text-decoration:none}
.tile:hover,.tile:focus-visible{border-color:var(--link)}
.tile img,.tile .initial{display:flex;width:2.5rem;height:2.5rem;margin-bottom:.5rem;object-fit:contain}
.tile .initial{align-items:center;justify-content:center;border-radius:.4rem;background:#e4eaf7;color:#1f3f8f;font-weight:700}
.tile b,.tile small{display:block}.tile small{color:#5b616b}
.tags{display:flex;flex-wrap:wrap;gap:.25rem;margin-top:.5rem;font-size:.8rem}.tags span{padding:0 .5rem;border:1px solid #9aa0aa;border-radius:1rem}
.links{display:flex;flex-wrap:wrap;gap:.25rem 1rem;justify-content:center;margin:0 1rem 1rem;font-size:.9rem}
.image{display:block;max-width:100%;max-height:14rem;margin:0 auto 1rem}
@media(prefers-color-scheme:dark){
.top{background:#1d2026;border-color:#3a3f48}
nav a,.tags span{border-color:#69707c}
nav a[aria-current]{border-color:#5f8bec;background:#2f5fd0}
.tile{border-color:#3a3f48}.tile:hover,.tile:focus-visible{border-color:#5f8bec}
.tile .initial{background:#2b3a5c;color:#b9cdfa}.tile small{color:#a3aab5}
}`

/** Under `.localhost`, links to hosts that the emulator serves stay there. */
const staysLocal =
  "if(location.hostname.endsWith('.localhost'))for(const a of document.querySelectorAll('a[data-served]')){const u=new URL(a.href);u.protocol=location.protocol;u.hostname+='.localhost';u.port=location.port;a.href=u.href}"

/** What the person may open, of one tag or all of them. */
export function listPage(
  look: LauncherLook,
  {
    email,
    tiles,
    tag,
  }: { readonly email: string; readonly tiles: readonly Tile[]; readonly tag?: string | undefined },
): LauncherPage {
  const tags = [...new Set(tiles.flatMap(tagsOf))].sort()
  const listed = tag === undefined ? tiles : tiles.filter((tile) => tagsOf(tile).includes(tag))
  const logos = listed.map(({ application }) => imageOf(application.logo_url))
  const who = html`<span>${email}</span><a href="/cdn-cgi/access/logout">Log out</a>`
  const list =
    listed.length === 0
      ? html`<p>There is nothing here that you may open.</p>`
      : html`<ul class="tiles">
${listed.map((tile, at) => shownTile(tile, logos[at]))}
</ul>`
  const body = html`<main class="wide">
<h1>Your applications</h1>
${tags.length === 0 ? undefined : filter(tags, tag)}
${list}
</main>`
  return whole(look, who, body, [look.logo, ...logos])
}

/** The page before the login. */
export function landingPage(look: LauncherLook, login: string): LauncherPage {
  const { title: heading, message, image, buttonColour, buttonTextColour } = look.landing
  const picture =
    image === undefined
      ? undefined
      : html`<img class="image" src="${image.src}" alt="" referrerpolicy="no-referrer">\n`
  const colour = buttonColour ?? '#1f4fbf'
  const css = `a.button{background:${colour};border-color:${colour};color:${buttonTextColour ?? inkOn(colour)}}`
  const body = html`<main>
${picture}<h1>${heading === '' ? 'App Launcher' : heading}</h1>
${message === '' ? undefined : html`<p>${message}</p>`}
<a class="button" href="${login}">Log in</a>
</main>`
  return whole(look, undefined, body, [look.logo, image], css)
}

function whole(
  look: LauncherLook,
  who: Html | undefined,
  body: Html,
  images: readonly (Image | undefined)[],
  css = '',
): LauncherPage {
  const links = look.links.map(
    ({ name, href }) => html`<a href="${href}" rel="noopener noreferrer">${name}</a>`,
  )
  const top = html`<header class="top">${shown(look.logo)}<strong>${look.name}</strong>${who}</header>`
  const bottom = links.length === 0 ? undefined : html`<p class="links">${links}</p>\n`
  const content: Content = html`${top}
${body}
${bottom}${footer}
<script>${new Html(staysLocal)}</script>`
  const origins = images.flatMap((image) => (image === undefined ? [] : [image.origin]))
  return {
    html: page(title, content, style + launcherStyle + coloursOf(look) + css),
    policy: contentPolicy([staysLocal], origins),
  }
}

/** The account's colours hold in the light and in the dark, so the text on them has to be legible by itself. */
function coloursOf({ background, headerBackground }: LauncherLook): string {
  const rule = (selectors: string, colour: string | undefined, more = '') =>
    colour === undefined ? '' : `${selectors}{background:${colour};color:${inkOn(colour)}}${more}`
  const inks = background === undefined ? '' : `footer,.links{color:${inkOn(background)}}`
  const card = 'main{color:#222}@media(prefers-color-scheme:dark){main{color:#e6e8eb}}'
  return rule('body', background, card) + inks + rule('.top', headerBackground)
}

function filter(tags: readonly string[], chosen: string | undefined): Html {
  const link = (name: string, href: string, isCurrent: boolean) =>
    isCurrent
      ? html`<a href="${href}" aria-current="page">${name}</a>`
      : html`<a href="${href}">${name}</a>`
  return html`<nav aria-label="Tags">
${[
  link('All', '/', chosen === undefined),
  ...tags.map((tag) => link(tag, `/?${new URLSearchParams({ tag })}`, tag === chosen)),
]}
</nav>`
}

function shownTile(tile: Tile, logo: Image | undefined): Html {
  const { application, url, name } = tile
  const picture =
    logo === undefined
      ? html`<span class="initial" aria-hidden="true">${[...name][0]?.toUpperCase()}</span>`
      : shown(logo)
  const tags = tagsOf(tile).map((tag) => html`<span>${tag}</span>`)
  const isServed = application.type !== 'bookmark' && application.type !== 'saas'
  return html`<li><a class="tile" href="${url}"${isServed ? new Html(' data-served') : undefined}>
${picture}<b>${name}</b><small>${new URL(url).hostname}</small>${
    tags.length === 0 ? undefined : html`<span class="tags">${tags}</span>`
  }</a></li>`
}

function tagsOf({ application }: Tile): readonly string[] {
  return application.tags ?? []
}
