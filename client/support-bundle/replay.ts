/** `replay.sh`: the requests as curl commands, with variables in place of secrets. */
import type { HttpExchange } from '../../contracts/recording/exchange.ts'

const reference = /\[[a-z_]+#\d+\]/g
/** Headers that curl or the connection sets. */
const own = ['host', 'content-length', 'connection', 'accept-encoding', 'user-agent']

/**
 * `exchanges` must be redacted. `usual` maps references to the client's environment variables, such as
 * `[client_secret#1]` to `CF_ACCESS_CLIENT_SECRET`.
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

/** Quotes a shell word: everything is literal except the variables. */
function quoted(text: string): string {
  const literal = text.replaceAll("'", `'\\''`)
  return `'${literal.replaceAll(reference, (each) => `'"\${${variableOf(each)}}"'`)}'`
}

function variableOf(text: string): string {
  return text.slice(1, -1).replace('#', '_').toUpperCase()
}
