/** The layout of every sign-in page: one card, light or dark as the browser prefers, and readable on a phone. */
import { type Content, Html, html } from '../../http/html.ts'
import { palette } from '../../http/palette.ts'
import { page } from '../pages.ts'
import { above, below, type LoginDesign } from './design.ts'

export const style = `
${palette}
body{background:var(--ground);color:var(--ink);max-width:none;margin:0;padding:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;line-height:1.5}
main{box-sizing:border-box;overflow-wrap:anywhere;width:calc(100% - 2rem);max-width:26rem;margin:10vh 0 1.5rem;padding:2rem;background:var(--paper);border:1px solid var(--line);border-radius:.5rem}
h1{font-size:1.35rem;margin:0}h2{font-size:1rem;margin:1.5rem 0 .5rem}p{margin:.5rem 0}
.where{color:var(--soft);margin-top:.25rem}
label{display:block;margin:1rem 0 .25rem;font-weight:600}label small{font-weight:400}
input,textarea{box-sizing:border-box;width:100%;padding:.55rem .65rem;border:1px solid var(--edge);border-radius:.3rem;font:inherit;background:var(--paper);color:inherit}
.code{letter-spacing:.3em;font-size:1.25rem}
button,.button{box-sizing:border-box;display:block;width:100%;margin-top:1rem;padding:.6rem;border:1px solid var(--accent);border-radius:.3rem;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
.button{background:none;color:var(--link);border-color:var(--link);margin-top:.5rem}
aside{margin-top:1.5rem;padding:.75rem 1rem;border:1px dashed var(--note-edge);border-radius:.3rem;background:var(--note)}
aside strong{display:block}output{font-size:1.35rem;font-weight:700;letter-spacing:.15em}
footer{margin:0 1rem 2rem;color:var(--soft);font-size:.85rem;text-align:center}`

export const footer = html`<footer>Cloudflare Access <strong>emulator</strong>: no identity provider is contacted, and no mail is sent. This is not a Cloudflare page.</footer>`

/**
 * A redirect keeps the URL's fragment, but forms and links do not, so this script adds it to them. Like every fragment, it
 * is never sent. That the login keeps it is documented; how Cloudflare does it is not.
 */
export const keepsFragment =
  "if(location.hash)for(const e of document.querySelectorAll('form,a'))e[e.href===undefined?'action':'href']+=location.hash"

/** A page with one card. */
export function card(title: string, body: Content, design?: LoginDesign): string {
  const script = html`<script>${new Html(keepsFragment)}</script>`
  const whole = html`${above(design)}<main>\n${body}\n</main>\n${below(design)}${footer}\n${script}`
  return page(title, whole, style + (design?.style ?? ''))
}

/** Hidden form fields. */
export function hidden(fields: Readonly<Record<string, string>>): readonly Html[] {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
}

/** A box for text that is the emulator's own, not Cloudflare's. */
export function own(title: string, text: Content): Html {
  return html`<aside><strong>${title}</strong>${text}</aside>`
}
