/** Text for a terminal: names and answers of others must not move its cursor, colour it or turn its lines around. */

/** Control characters except line ends and tabs, and those that change the direction of writing, as `\u{1b}`. */
export function printable(text: string): string {
  return text.replaceAll(
    /[^\P{Cc}\n\t]|\p{Bidi_Control}/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}
