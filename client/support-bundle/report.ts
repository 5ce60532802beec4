/** `report.md`: what a support engineer needs, in the order of the support ticket. It is redacted afterwards. */
import { application as applicationSchema } from '../../contracts/api/applications.ts'
import { serviceToken as serviceTokenSchema } from '../../contracts/api/service-tokens.ts'
import { type HttpAnswer, type HttpExchange, rayOf } from '../../contracts/recording/exchange.ts'
import { driftWords } from '../api/drift.ts'
import { readBySchema } from '../api/reading.ts'
import type { Diagnosis } from '../doctor/diagnosis.ts'
import { groupsOf, reasonsOf } from '../doctor/groups.ts'
import type { Gathered, GatherStep } from './gather.ts'

export interface Reported {
  readonly url: string
  readonly at: string
  readonly account_id: string | undefined
  readonly gathered: Gathered
  readonly exchanges: readonly HttpExchange[]
  readonly diagnosis: Diagnosis | undefined
  readonly versions: Readonly<Record<string, string>>
  /** The files of the bundle. */
  readonly files: readonly string[]
}

export function reportOf(reported: Reported): string {
  const { url, at, gathered, diagnosis } = reported
  const sections = [
    [
      `# Access evidence: ${url}`,
      '',
      `Collected ${at}. Secrets are redacted by type; see manifest.json.`,
    ],
    ['## Summary', '', ...summary(reported)],
    ['## Account details', '', ...accountDetails(reported)],
    ['## Steps to reproduce', '', ...steps(reported)],
    ['## Failure output', '', ...failures(reported)],
    ['## Rays', '', ...rays(reported)],
    ['## Diagnostics performed and ruled out', '', ...ruledOut(gathered, diagnosis)],
    ['## Expected and actual', '', ...table(gathered.steps, reported.exchanges)],
    ['## Versions and clocks', '', ...versions(reported)],
    ['## Files', '', ...reported.files.map((name) => `- \`${name}\``)],
  ]
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function summary({ url, gathered, diagnosis, exchanges }: Reported): string[] {
  const wrong = gathered.steps.filter(({ isAsExpected }) => isAsExpected === false)
  const result =
    gathered.steps.length === 0
      ? `${exchanges.length} captured requests; no new requests were sent.`
      : wrong.length === 0
        ? 'All requests were answered as expected.'
        : `${wrong.length} of ${gathered.steps.length} requests were not answered as expected.`
  return [
    `- **URL**: ${url}`,
    `- **Result**: ${result}`,
    ...(diagnosis === undefined ? [] : diagnosed(diagnosis)),
  ]
}

/** Each problem found; of several look-alikes, the most likely one. */
function diagnosed({ healthy, causes }: Diagnosis): string[] {
  if (causes.length === 0) return [`- **Diagnosis**: ${healthy ? 'healthy' : 'undecided'}`]
  return groupsOf(causes).flatMap(([cause]) => {
    if (cause === undefined) return []
    const { id, confidence, alike, proof, fix } = cause
    const others = alike.length === 0 ? '' : `; from here it looks like ${alike.join(', ')}`
    return [
      `- **Diagnosis**: \`${id}\` (confidence ${confidence})${others}`,
      ...proof.map((each) => `  - ${each}`),
      `- **Fix**: ${fix}`,
    ]
  })
}

function accountDetails({ account_id, gathered }: Reported): string[] {
  const { aud, team, account } = gathered
  const application = applicationOf(account)
  const { zone } = account as { zone?: { readonly id?: string; readonly name?: string } }
  const settings = [
    'type',
    'enable_binding_cookie',
    'auto_redirect_to_identity',
    'service_auth_401_redirect',
    'session_duration',
    'allow_authenticate_via_warp',
    'read_service_tokens_from_header',
  ] as const
  const policies = (application?.policies ?? []).map(
    ({ name, decision, include }) =>
      `  - "${name}": \`${decision}\`, include ${include?.map((rule) => Object.keys(rule)[0]).join(', ') ?? '(unread)'}`,
  )
  const known: readonly (readonly [string, string | undefined])[] = [
    ['Account ID', account_id],
    ['Zone ID', zone?.id],
    ['Zone', zone?.name],
    ['Team domain', team],
    ['Application', application?.name],
    ['Application ID', application?.id],
    ['AUD tag', aud],
  ]
  const lines = known.flatMap(([name, value]) =>
    value === undefined ? [] : [`- **${name}**: \`${value}\``],
  )
  if (application === undefined) {
    return [...lines, `- ${withoutApplication(gathered)}`]
  }
  return [
    ...lines,
    ...settings.flatMap((name) =>
      application[name] === undefined ? [] : [`- \`${name}\`: ${application[name]}`],
    ),
    '- **Policies**, in order:',
    ...policies,
  ]
}

/** As much of the application as fits the contract; its own file has it as received. */
function applicationOf({ application }: Gathered['account']) {
  if (application === undefined) return undefined
  return readBySchema(applicationSchema(), application).value
}

function withoutApplication({ isApiAsked, unread }: Gathered): string {
  if (!isApiAsked) return 'The API was not called: that needs an account id and an API token.'
  const why = unread.find((each) => each.startsWith('application: '))
  if (why === undefined) return 'According to the API, no application covers the URL.'
  return `The application could not be read through the API: ${why.replace('application: ', '')}`
}

function steps({ exchanges }: Reported): string[] {
  const shown = exchanges.filter(({ about }) => !about.startsWith('API: '))
  return [
    'Set the variables that `replay.sh` asks for and run it, or repeat the requests by hand:',
    '',
    ...shown.map(({ method, url, about }, index) => `${index + 1}. ${about}: \`${method} ${url}\``),
  ]
}

function failures({ exchanges, gathered }: Reported): string[] {
  const wrong = new Set(
    gathered.steps.filter(({ isAsExpected }) => isAsExpected === false).map(({ what }) => what),
  )
  const failed = exchanges.filter(
    ({ about, answer }) =>
      wrong.has(about) || answer === undefined || (wrong.size === 0 && answer.status >= 400),
  )
  if (failed.length === 0) return ['None.']
  return failed.flatMap((exchange) => {
    const { about, method, url, answer, failure } = exchange
    const head =
      answer === undefined
        ? [failure ?? 'no answer']
        : [
            `${answer.status} ${answer.statusText}`.trim(),
            ...answer.headers.map(([name, value]) => `${name}: ${value}`),
            '',
            bodyShown(answer),
          ]
    return [`### ${about}`, '', `\`${method} ${url}\``, '', '```text', ...head, '```', '']
  })
}

function bodyShown({ body, bodyLeftOut }: HttpAnswer): string {
  if (bodyLeftOut !== undefined) return `(${bodyLeftOut.bytes} bytes omitted: ${bodyLeftOut.why})`
  return body === '' ? '(empty body)' : body.slice(0, 600)
}

function rays({ exchanges }: Reported): string[] {
  const lines = exchanges.flatMap((exchange) => {
    const ray = rayOf(exchange)
    const at = new Date(exchange.startedMs).toISOString()
    const { answer, about, method } = exchange
    return ray === undefined ? [] : [`- \`${ray}\` ${at} ${method} ${answer?.status} (${about})`]
  })
  return lines.length === 0 ? ['None of the answers has one.'] : lines
}

function ruledOut(gathered: Gathered, diagnosis: Diagnosis | undefined): string[] {
  const { steps, offsetMs, account, unread, drift } = gathered
  const named = (what: string) => steps.find((step) => step.what === what)
  const application = applicationOf(account)
  const token =
    account.service_token === undefined
      ? undefined
      : readBySchema(serviceTokenSchema(), account.service_token).value
  const lines: string[] = []
  if (offsetMs !== undefined && Math.abs(offsetMs) < 5000) {
    lines.push(`Clocks: the edge's clock and this one differ by ${(offsetMs / 1000).toFixed(1)} s.`)
  }
  if (named('GET without credentials')?.status !== undefined) {
    lines.push('DNS and TLS: the name resolves and answers.')
  }
  if (named('GET without credentials')?.isAsExpected) {
    lines.push('Missing application: Access protects the URL.')
  }
  if (named('GET the signing keys of the team')?.isAsExpected) {
    lines.push('Team domain: its signing keys are published.')
  }
  if (token !== undefined && token.enabled !== false) {
    const until = token.expires_at === undefined ? 'does not expire' : `expires ${token.expires_at}`
    lines.push(`Service token: "${token.name}" exists, is enabled, and ${until}.`)
  }
  if (application?.enable_binding_cookie === false) {
    lines.push('Binding cookie: `enable_binding_cookie` is false.')
  }
  if (Array.isArray(account.identity_providers) && account.identity_providers.length > 0) {
    lines.push(`Identity provider: the account has ${account.identity_providers.length}.`)
  }
  const ruledOutByDoctor = reasonsOf(diagnosis?.ruled_out ?? []).map(
    ({ ids, because }) => `${ids.map((id) => `\`${id}\``).join(', ')}: ${because}`,
  )
  const all = [...lines, ...ruledOutByDoctor].map((line, index) => `${index + 1}. ${line}`)
  return [
    ...(all.length === 0 ? ['Nothing.'] : all),
    ...unread.map((what) => `- Could not be read: ${what}`),
    ...drift.map((each) => `- Differs from the contract: ${driftWords(each)}`),
  ]
}

function table(steps: readonly GatherStep[], exchanges: readonly HttpExchange[]): string[] {
  if (steps.length === 0) {
    return [
      '| request | answer |',
      '|---|---|',
      ...exchanges.map(
        ({ method, url, answer, failure }) =>
          `| ${cell(`${method} ${url}`)} | ${cell(String(answer?.status ?? failure))} |`,
      ),
    ]
  }
  return [
    '| request | expected | actual | ray |',
    '|---|---|---|---|',
    ...steps.map(
      ({ what, expected, actual, ray, isAsExpected }) =>
        `| ${cell(what)} | ${cell(expected)} | ${isAsExpected === false ? '**' : ''}${cell(actual)}${isAsExpected === false ? '**' : ''} | ${ray ?? ''} |`,
    ),
  ]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function versions({ versions: all, gathered }: Reported): string[] {
  const { offsetMs } = gathered
  return [
    ...Object.entries(all).map(([name, version]) => `- ${name}: ${version}`),
    `- The edge's clock relative to this one: ${offsetMs === undefined ? 'unknown' : `${(offsetMs / 1000).toFixed(1)} s`}`,
  ]
}
