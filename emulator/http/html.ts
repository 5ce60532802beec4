/** HTML as a value: interpolated text is escaped, unless it is HTML itself. */

export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Content = string | number | Html | readonly Html[] | undefined

/** @example html`<p>${text}</p>` */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  const text = parts.map((part, at) => (at === 0 ? part : written(contents[at - 1]) + part))
  return new Html(text.join(''))
}

function written(content: Content): string {
  if (content === undefined) return ''
  if (content instanceof Html) return content.text
  if (typeof content === 'object') return content.map(written).join('\n')
  return escaped(String(content))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
