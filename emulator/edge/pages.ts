/** The HTML pages of the edge and the team domain. Titles and messages are Cloudflare's. */
import { type Content, Html, html } from '../http/html.ts'

/** A complete page. @param style added to the common style sheet */
export function page(title: string, body: Content, style = ''): string {
  const whole = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>body{font-family:system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem;color:#222}small{color:#666}${new Html(style)}</style>
</head>
<body>
${body}
</body>
</html>
`
  return whole.text
}

export const errorTitle = 'Error ・ Cloudflare Access'

export interface BlockFacts {
  readonly heading: string
  readonly message: string
  readonly status_code: number
  readonly aud: string
  /** 16 hex digits, without the data centre. */
  readonly ray_id: string
  readonly mtls_status: string
}

/**
 * The block page. A hidden field holds the same facts as the JSON form.
 * @param explanation where the emulator explains it
 */
export function blockPage(facts: BlockFacts, explanation?: string): string {
  const { heading, ...data } = facts
  return page(
    errorTitle,
    html`<h1>${heading}</h1>
<p>You don't have permission to view this.</p>
<p>Please contact your system administrator.</p>
<details><summary>View details</summary>
<small>Ray ID: ${data.ray_id}<br>MTLS Status: ${data.mtls_status}</small></details>
<input type="hidden" name="json_data" value="${JSON.stringify(data)}">${
      explanation === undefined
        ? undefined
        : html`
<p><a href="${explanation}">Why? The emulator explains this answer.</a></p>`
    }`,
  )
}

export const unauthorizedPage =
  '<head><title>401 Unauthorized</title></head>\r\n<body>\r\n<center><h1>401 Unauthorized</h1></center>\r\n</body>\r\n'

/** The answer to headers that are too long: the 400 as it was recorded, the 413 in the words of the changelog. */
export function tooLargePage(status: 400 | 413): string {
  const [title, heading, more] =
    status === 400
      ? [
          '400 Request Header Or Cookie Too Large',
          '400 Bad Request',
          'Request Header Or Cookie Too Large',
        ]
      : ['413 Request Header Fields Too Large', '413 Request Header Fields Too Large']
  const lines = [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<center><h1>${heading}</h1></center>`,
    ...(more === undefined ? [] : [`<center>${more}</center>`]),
    '<hr><center>cloudflare</center>',
    '</body>',
    '</html>',
  ]
  return lines.map((line) => `${line}\r\n`).join('')
}

/** The stock page behind a redirect: 143 bytes (edge-login-redirect-page). */
export const foundPage =
  '<html>\r\n<head><title>302 Found</title></head>\r\n<body>\r\n<center><h1>302 Found</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n'

export const organizationUnknownPage = page(
  errorTitle,
  html`<h1>Unable to find your Access organization!</h1>
<p>No organization has this team name.</p>`,
)

export const applicationUnknownPage = page(
  errorTitle,
  html`<h1>Unable to find your Access application!</h1>
<p>It appears that you have attempted to reach an invalid URL. Please navigate to your application url.</p>`,
)

/** The page at a team domain's root, for any team name, real or not (edge-organization-unknown). */
export const launcherPage = page('App Launcher', html`<h1>App Launcher</h1>`)

export const loggedOutPage = page('Signed out', html`<h1>You are signed out.</h1>`)
