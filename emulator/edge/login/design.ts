/** The organization's `login_design`: colours, logo and texts around the card of a login (sign-in-login-design, sign-in-login-design-shown). */
import type { Account } from '../../account/account.ts'
import { type Html, html } from '../../http/html.ts'
import { colourOf, type Image, imageOf, inkOn, shown, textOf } from '../look.ts'

export interface LoginDesign {
  readonly style: string
  readonly logo: Image | undefined
  /** Empty if there is none. */
  readonly header: string
  readonly footer: string
}

/** Undefined if the organization has set nothing of it. */
export function designOf(account: Account): LoginDesign | undefined {
  const design = account.organization()?.login_design ?? {}
  const background = colourOf(design.background_color)
  const ink = colourOf(design.text_color) ?? (background && inkOn(background))
  const logo = imageOf(design.logo_path)
  const [header, footer] = [textOf(design.header_text), textOf(design.footer_text)]
  if (ink === undefined && logo === undefined && header === '' && footer === '') return undefined
  const style = [
    '.design{box-sizing:border-box;width:100%;max-width:26rem;margin:8vh 0 0;padding:0 1rem;text-align:center;overflow-wrap:anywhere}.design+main{margin-top:1.5rem}.design.end{margin:0 0 1.5rem}.design img{max-width:100%;max-height:6rem}',
    background === undefined
      ? ''
      : `body{background:${background}}main{color:#222}@media(prefers-color-scheme:dark){body{background:${background}}main{color:#e6e8eb}}`,
    ink === undefined ? '' : `.design,body>footer{color:${ink}}`,
  ]
  return { style: style.join(''), logo, header, footer }
}

export function above(design: LoginDesign | undefined): Html | undefined {
  if (design === undefined || (design.logo === undefined && design.header === '')) return undefined
  const text = design.header === '' ? undefined : html`<p>${design.header}</p>`
  return html`<header class="design">${shown(design.logo)}${text}</header>\n`
}

export function below(design: LoginDesign | undefined): Html | undefined {
  if (design === undefined || design.footer === '') return undefined
  return html`<p class="design end">${design.footer}</p>\n`
}
