/** The look that an account has set for its App Launcher (sign-in-launcher-look). */
import type { ApplicationRow } from '../../account/account.ts'
import { colourOf, type Image, imageOf, linkOf, textOf } from '../look.ts'

export interface LauncherLook {
  /** Of the organization; may be empty. */
  readonly name: string
  readonly logo: Image | undefined
  readonly background: string | undefined
  readonly headerBackground: string | undefined
  readonly links: readonly { readonly name: string; readonly href: string }[]
  /** The page before the login. Texts may be empty. */
  readonly landing: {
    readonly title: string
    readonly message: string
    readonly image: Image | undefined
    readonly buttonColour: string | undefined
    readonly buttonTextColour: string | undefined
  }
}

export function lookOf(application: ApplicationRow, name: string): LauncherLook {
  const { footer_links = [], landing_page_design: design = {} } = application
  return {
    name,
    logo: imageOf(application.app_launcher_logo_url),
    background: colourOf(application.bg_color),
    headerBackground: colourOf(application.header_bg_color),
    links: footer_links.flatMap((link) => {
      const href = linkOf(link.url)
      return href === undefined ? [] : [{ name: link.name, href }]
    }),
    landing: {
      title: textOf(design.title),
      message: textOf(design.message),
      image: imageOf(design.image_url),
      buttonColour: colourOf(design.button_color),
      buttonTextColour: colourOf(design.button_text_color),
    },
  }
}
