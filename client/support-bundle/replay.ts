/** `replay.sh`: the requests as curl lines, with variables where secrets were. */
import type { HttpExchange } from '../../contracts/recording/exchange.ts'

const reference = /\[[a-z_]+#\d+\]/g
/** curl and the connection make these. */
const own = ['host', 'content-length', 'connection', 'accept-encoding', 'user-agent']

/**
 * `exchanges` are redacted. `usual` says which variable of the client's a reference stands for, such as
 * `[client_secret#1]` for `CF_ACCESS_CLIENT_SECRET`.
 */
export function replayOf(
  exchanges: readonly HttpExchange[],
  usual: ReadonlyMap<string, string>,
): string {
  const lines = exchanges.map(lineOf)
  const used = new Set(lines.flatMap((line) => line.match(/\$\{[A-Z_]+_\d+\}/g) ?? []))
  const variables = [...used].map((name) => name.slice(2, -1)).sort()
  const defaults = new Map([...usual].map(([each, variable]) => [variableOf(each), variable]))
  return `${[
    '#!/bin/sh',
    '# Sends the requests of this bundle again. Each secret is a variable: set those that it asks for.',
    'set -eu',
    ...variables.map((name) => {
      const variable = defaults.get(name)
      const value = variable === undefined ? '' : `\${${variable}-}`
      return `${name}="\${${name}:-${value}}"; : "\${${name}:?set it first}"`
    }),
    ...lines.map((line) => `\n${line}`),
  ].join('\n')}\n`
}

function lineOf({ about, method, url, headers, body }: HttpExchange): string {
  const sent = headers.filter(
    ([name]) => !own.includes(name.toLowerCase()) && !name.startsWith(':'),
  )
  return [
    `# ${about.replaceAll('\n', ' ')}`,
    `curl -sS -i -X ${quoted(method)}`,
    ...sent.map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined || body === '' ? [] : [`  --data-raw ${quoted(body)}`]),
    `  ${quoted(url)}`,
  ]
    .join(' \\\n')
    .replace(' \\\n', '\n')
}

/** One word of a shell: literal but for the variables. */
function quoted(text: string): string {
  const literal = text.replaceAll("'", `'\\''`)
  return `'${literal.replaceAll(reference, (each) => `'"\${${variableOf(each)}}"'`)}'`
}

function variableOf(text: string): string {
  return text.slice(1, -1).replace('#', '_').toUpperCase()
}
