/** What an account sets for the look of our pages, as far as it is safe to show: colours, images, links. */
import { type Html, html } from '../http/html.ts'

/** A colour as the API's examples write them; any other text could end the style sheet. */
export function colourOf(text: unknown): string | undefined {
  return typeof text === 'string' && /^#([\da-f]{3}|[\da-f]{6})$/i.test(text) ? text : undefined
}

/** Black or white, whichever is easier to read on a colour (WCAG 2.2, 1.4.3). */
export function inkOn(colour: string): string {
  const digits = colour.slice(1)
  const long = digits.length === 3 ? digits.replaceAll(/./g, '$&$&') : digits
  const light = [0.2126, 0.7152, 0.0722].reduce((sum, weight, at) => {
    const value = Number.parseInt(long.slice(2 * at, 2 * at + 2), 16) / 255
    return sum + weight * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  }, 0)
  return light > 0.179 ? '#000' : '#fff'
}

/** An http(s) URL to link to; `javascript:` and the like are none. */
export function linkOf(text: unknown): string | undefined {
  if (typeof text !== 'string' || !/^https?:\/\//i.test(text) || !URL.canParse(text))
    return undefined
  return new URL(text).href
}

export interface Image {
  readonly src: string
  /** For the page's content security policy. */
  readonly origin: string
}

/** An image of another host; only https works (sign-in-launcher-logo). */
export function imageOf(text: unknown): Image | undefined {
  const src = linkOf(text)
  return src?.startsWith('https:') ? { src, origin: new URL(src).origin } : undefined
}

/** Loaded without telling its host which page shows it. */
export function shown(image: Image | undefined): Html | undefined {
  if (image === undefined) return undefined
  return html`<img src="${image.src}" alt="" referrerpolicy="no-referrer">`
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}
