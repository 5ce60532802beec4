/** What is seen of a page in a real browser. */
import { expect } from 'vitest'
import { keep, type Tab } from '../login/chromium.ts'

export const narrow = 390

/** Each text with its contrast to the colour behind it (WCAG 2.2, 1.4.3), and what is wider than the window. */
const look = `(() => {
  const probe = document.body.appendChild(document.createElement('div'))
  probe.style.backgroundColor = 'Canvas'
  const canvas = getComputedStyle(probe).backgroundColor
  probe.remove()
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((text) => Number(text) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => {
    const colour = element === null ? canvas : getComputedStyle(element).backgroundColor
    return colour === 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : colour
  }
  const contrast = (element) => {
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))]
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
  }
  const texts = [...document.querySelectorAll(
    'h1,h2,p,li,b,a,span,code,small,strong,aside,footer,label,output,button')]
  const { scrollWidth, clientWidth } = document.documentElement
  return {
    text: document.body.innerText,
    overflow: scrollWidth - clientWidth,
    wide: texts.filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.outerHTML),
    cut: texts.filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0).map((each) => each.outerHTML),
    pale: texts.filter((each) => contrast(each) < 4.5).map((each) => each.outerHTML),
    isDark: light(canvas) < 0.2,
    width: innerWidth,
  }
})()`

/** Its text; it fits a phone and reads well, light and dark. */
export async function seen(tab: Tab, name: string): Promise<string> {
  let text = ''
  for (const colours of ['dark', 'light'] as const) {
    await tab.looksAs(narrow, colours)
    const found = (await tab.value(look)) as { readonly text: string }
    await keep(tab, `${name}-${colours}`)
    expect(found, `${name}, ${colours}`).toMatchObject({
      ...{ overflow: 0, wide: [], cut: [], pale: [], width: narrow },
      isDark: colours === 'dark',
    })
    text = found.text
  }
  return text
}
