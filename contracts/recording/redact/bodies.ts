/** The fields of a multipart form. */

/** Returns the replacement for a field's content. */
export type RedactChange = (name: string, content: string) => string

/** Undefined if the text is not a multipart body (RFC 7578). One that is cut off or has bare line feeds is accepted. */
export function withParts(given: string, change: RedactChange): string | undefined {
  const [, boundary] = /^(?:\r?\n)?(--[^\r\n]{1,72})\r?\ncontent-/i.exec(given) ?? []
  if (boundary === undefined) return undefined
  return given
    .split(boundary)
    .map((part) => {
      const [, head = '', content] = /^(\r?\n.*?\r?\n\r?\n)(.*)$/s.exec(part) ?? []
      if (content === undefined) return part
      const [, text = '', end = ''] = /^(.*?)(\r?\n)?$/s.exec(content) ?? []
      return head + change(nameIn(head), text) + end
    })
    .join(boundary)
}

/** The field name, written `name="a"`, `name=a` or `name*=utf-8''a`. */
function nameIn(head: string): string {
  const [, name = ''] = /;\s*name\*?=(?:utf-8'[^']{0,10}')?["']?([^"';\r\n]*)/i.exec(head) ?? []
  return name
}
