/** The page of reasons: the meaning of each one in a verdict, a trail or the journal, and what to do. */
import {
  accessPathReasons,
  apiReasons,
  cloudflaredReasons,
  hostReasons,
} from '../../contracts/reasons/answers.ts'
import { connectionReasons } from '../../contracts/reasons/connections.ts'
import {
  pairReasons,
  pinReasons,
  tokenReasons,
  unusablePairReasons,
} from '../../contracts/reasons/credentials.ts'
import { denyReasons, policyReasons, ruleReasons } from '../../contracts/reasons/decision.ts'
import { grantReasons, oauthReasons } from '../../contracts/reasons/oauth.ts'
import { originReasons } from '../../contracts/reasons/origins.ts'
import type { ReasonRow } from '../../contracts/reasons/table.ts'
import { code, generated, table } from './markdown.ts'

type Group = Readonly<Record<string, ReasonRow>>

const sections: readonly (readonly [string, Group])[] = [
  ['Verdicts: why a request is denied', denyReasons],
  ['Trail: policies', policyReasons],
  ['Trail: rules', ruleReasons],
  ['Trail: the service token', { ...pairReasons, ...unusablePairReasons }],
  ['Trail: the application token', tokenReasons],
  ['Trail: the One-time PIN', pinReasons],
  ['Requests to a host', hostReasons],
  ["Access's own paths, and the login", accessPathReasons],
  ['OAuth and SaaS applications', oauthReasons],
  ['Codes, refresh tokens and their grants', grantReasons],
  ['cloudflared', cloudflaredReasons],
  ['The origin', originReasons],
  ['The API', apiReasons],
  ['Before a request is routed', connectionReasons],
]

export function reasonsPage(): string {
  return `${generated}

# Reasons

The journal, \`POST /__access/explain\` and the pages at \`/__access\` give these names as \`reason\`, of an answer and of each
step of its trail. Failures of the API are named after their own codes and messages. \`{…}\` stands for what the request
has to say.
${sections.map(sectionOf).join('')}`
}

function sectionOf([title, group]: (typeof sections)[number]): string {
  const rows = Object.entries(group).map(([name, { text, fix = '' }]) => [code(name), text, fix])
  return `\n## ${title}\n\n${table(['Reason', 'What it means', 'What to do'], rows)}\n`
}
