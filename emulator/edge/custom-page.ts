import type { CustomPageRow } from '../account/account.ts'
/** An account's own pages in place of Access's: as they were uploaded, or made from a template. */

export interface OwnPage {
  readonly html: string
  /** Headers of its own: none as it was uploaded (edge-custom-page-verbatim). */
  readonly headers: Readonly<Record<string, string>>
}

/** What a template's page needs of the edge: the control that Access puts in, and the scripts that may run. */
export interface PageControl {
  readonly control: string
  /** Value of the header `content-security-policy`. */
  readonly policy: string
}

/** Undefined if a template, which made a page when it was uploaded, makes none now. */
export async function pageOf(
  { type, custom_html, contract_version = 0 }: CustomPageRow,
  nowMs: number,
  { control, policy }: PageControl = { control: '', policy: templatePolicy() },
): Promise<OwnPage | undefined> {
  if (contract_version === 0) return { html: custom_html, headers: {} }
  const { renderTemplate } = await import('../http/liquid/template.ts')
  const html = renderTemplate({ type, template: custom_html }, nowMs, control)
  return html === undefined ? undefined : { html, headers: { 'content-security-policy': policy } }
}

/**
 * Templates may look as they like, but run no script (edge-custom-page-sanitized).
 * @param scripts the `script-src` of Access's own control
 */
export function templatePolicy(scripts = "'none'"): string {
  return `default-src 'none'; script-src ${scripts}; style-src 'unsafe-inline' https:; img-src https: data:; font-src https: data:; base-uri 'none'; frame-ancestors 'none'`
}
