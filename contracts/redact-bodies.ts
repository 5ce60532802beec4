/** Bodies whose fields have names, beside JSON: a multipart form, and the hidden inputs of a page that posts itself. */

/** What stands in place of a field's content. */
export type Change = (name: string, content: string) => string

/** Undefined where the text is no multipart body (RFC 7578). */
export function withParts(given: string, change: Change): string | undefined {
  const [, boundary] = /^(--[^\r\n]{1,72})\r\n/.exec(given) ?? []
  if (boundary === undefined || !given.trimEnd().endsWith(`${boundary}--`)) return undefined
  return given
    .split(boundary)
    .map((part) => {
      const [, head = '', content] = /^(\r\n.*?\r\n\r\n)(.*)$/s.exec(part) ?? []
      if (content === undefined) return part
      const [, name = ''] = /;\s*name="?([^";\r\n]*)/i.exec(head) ?? []
      const [, text = '', end = ''] = /^(.*?)(\r\n)?$/s.exec(content) ?? []
      return head + change(name, text) + end
    })
    .join(boundary)
}

/** `<input name="SAMLResponse" value="…">`. */
export function withInputs(given: string, change: Change): string {
  return given.replaceAll(/<input\b[^<>]{1,100000}>/gi, (input) => {
    const [, name] = /\sname\s*=\s*["']?([^"'\s>]+)/i.exec(input) ?? []
    if (name === undefined) return input
    return input.replace(
      /(\svalue\s*=\s*)(?:"([^"]*)"|'([^']*)')/i,
      (whole, before: string, double?: string, single?: string) => {
        const content = double ?? single ?? ''
        const changed = change(name, content)
        return changed === content ? whole : `${before}"${changed}"`
      },
    )
  })
}
