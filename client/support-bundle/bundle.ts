/** Turns gathered data into files: redacted, checked for remaining secrets, and only then written. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { redacted } from '../../contracts/recording/exchange.ts'
import { harOf } from '../../contracts/recording/har.ts'
import { createRedactor, type Redactor } from '../../contracts/recording/redact/redact.ts'
import { replaceFile } from '../cli/replace-file.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { replayOf } from './replay.ts'
import { type Reported, reportOf } from './report.ts'

/** A secret that is known in advance, and the environment variable it comes from. */
export interface KnownSecret {
  readonly type: string
  readonly value: string
  readonly variable?: string
}

export interface Bundling extends Omit<Reported, 'files'> {
  readonly secrets: readonly KnownSecret[]
  /** Whether to hide ids of accounts, applications and the like too. */
  readonly hidesIds: boolean
}

export type Files = ReadonlyMap<string, string>

/** @throws AccessUsageError if a secret would remain; nothing is written then */
export function bundle(bundling: Bundling): Files {
  const redactor = createRedactor({ ids: bundling.hidesIds })
  for (const { type, value } of bundling.secrets) redactor.know(type, value)
  // A first pass learns the secrets: a cookie set by the last answer may already appear in the first request.
  for (const exchange of bundling.exchanges) redacted(exchange, redactor)
  const files = filesOf(bundling, redactor)
  const checked = check(files, redactor)
  if (checked.length === 0) return files
  throw new AccessUsageError({
    what: 'The evidence was not written.',
    why: checked.join('; '),
    todo: 'Report this along with the types listed; none of their values was written.',
  })
}

function filesOf(bundling: Bundling, redactor: Redactor): Map<string, string> {
  const { gathered, versions, secrets } = bundling
  const creator = { name: 'access-client', version: versions['access-client'] ?? '' } as const
  const exchanges = bundling.exchanges.map((each) => redacted(each, redactor))
  const usual = new Map(
    secrets
      .flatMap(({ type, value, variable }) =>
        variable === undefined
          ? []
          : [[redactor.value(value, `variable ${variable}`), variable, type]],
      )
      .map(([reference, variable]) => [String(reference), String(variable)] as const),
  )
  const account = Object.entries(gathered.account).map(
    ([name, value]) => [`${name}.json`, json(redactor.value(value, `${name}.json`))] as const,
  )
  const files = new Map<string, string>([
    ['exchanges.har', json(harOf(exchanges, creator))],
    ['replay.sh', replayOf(exchanges, usual)],
    ...account,
    ...(bundling.diagnosis === undefined
      ? []
      : [['diagnosis.json', json(redactor.value(bundling.diagnosis, 'diagnosis.json'))] as const]),
  ])
  files.set('tokens.json', json(tokensOf(redactor)))
  const names = ['report.md', ...files.keys(), 'manifest.json']
  const report = reportOf({ ...bundling, exchanges, files: names })
  files.set('report.md', report)
  const whole = new Map(
    [...files].map(([name, text]) => [name, redactor.text(text, name)] as const),
  )
  whole.set('manifest.json', json(manifestOf(redactor, bundling.hidesIds)))
  return whole
}

/** Types of the secrets that remain in a file or its name. */
function check(files: Files, redactor: Redactor): readonly string[] {
  return [...files].flatMap(([name, text]) => {
    const found = redactor.survivors(`${name}\n${text}`)
    return found.length === 0 ? [] : [`${redactor.text(name, '')} contains ${found.join(', ')}`]
  })
}

/** The contents of the tokens; without their signatures they cannot be used. */
function tokensOf(redactor: Redactor): unknown {
  return Object.fromEntries(
    [...redactor.jwts].map(([reference, jwt]) => [reference, decoded(jwt, redactor)]),
  )
}

function decoded(jwt: string, redactor: Redactor): unknown {
  try {
    return {
      header: redactor.value(decodeProtectedHeader(jwt), 'tokens.json'),
      claims: redactor.value(decodeJwt(jwt), 'tokens.json'),
      signature: 'cut',
    }
  } catch {
    return { error: 'looks like a JWT but cannot be decoded' }
  }
}

function manifestOf(redactor: Redactor, hidesIds: boolean): unknown {
  return {
    redacted: redactor.redactions.filter(({ places }) => places.length > 0),
    ids: hidesIds ? 'redacted' : 'kept: support cannot find anything without them',
    checked:
      'no value redacted here occurs in any file, whether as it is, URL-encoded, in JSON, or in base64',
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** Only the owner may read a bundle or run its script. */
export function modeOf(name: string): number {
  return name.endsWith('.sh') ? 0o700 : 0o600
}

/** @throws AccessUsageError if the folder cannot be written */
export async function writeBundle(files: Files, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    for (const [name, text] of files) {
      await replaceFile(join(folder, name), text, modeOf(name))
    }
  } catch (error) {
    throw new AccessUsageError({
      what: `${folder} cannot be written (${error instanceof Error ? error.message : error}).`,
      todo: 'Choose another folder with --out.',
    })
  }
}
