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

/** `<password>…</password>`, of XML. */
export function withElements(given: string, change: Change): string {
  const element =
    /(<(?:[\w.-]+:)?([A-Za-z][\w.-]{0,100})(?:\s[^<>]{0,1000})?>)([^<>]{1,100000})(?=<\/)/g
  return given.replaceAll(
    element,
    (_, open: string, name: string, content: string) => open + change(name, content),
  )
}

/** `<input name="SAMLResponse" value="…">`, `<meta name="csrf-token" content="…">`, `<apiKey value="…"/>`. */
export function withInputs(given: string, change: Change): string {
  return given.replaceAll(/<([A-Za-z][\w.-]{0,100})\b[^<>]{1,100000}>/g, (tag, element: string) => {
    const [, named] = /\sname\s*=\s*["']?([^"'\s>]+)/i.exec(tag) ?? []
    const name = named ?? (/^(input|meta)$/i.test(element) ? undefined : element)
    if (name === undefined) return tag
    return tag.replace(
      /(\s(?:value|content)\s*=\s*)(?:"([^"]*)"|'([^']*)')/i,
      (whole, before: string, double?: string, single?: string) => {
        const content = double ?? single ?? ''
        const changed = change(name, content)
        return changed === content ? whole : `${before}"${changed}"`
      },
    )
  })
}
