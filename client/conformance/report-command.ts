/** The command `conform`: runs the contract cases against a target and writes the report. */
import { readFile, writeFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { edge } from '../../contracts/edge/endpoints.ts'
import { driftWords } from '../api/drift.ts'
import type { Io } from '../cli/options.ts'
import { targetFrom } from '../target/target.ts'
import { systemClock } from '../transport/clock.ts'
import { type Environment, variables } from '../transport/environment.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { secret } from '../transport/secret.ts'
import { cases } from './cases.ts'
import { openEmulator } from './emulator.ts'
import { type LivePlace, openLive } from './live.ts'
import { liveVariables } from './live-variables.ts'
import type { CasePlace } from './place.ts'
import { makeReport, type Planned, plan } from './report.ts'
import type { ConformFlags } from './report-flags.ts'
import type { ConformReport } from './report-shape.ts'

/** Returns 0 if every case passed, 1 if one failed or something could not be removed. */
export async function conform(flags: ConformFlags, io: Io): Promise<number> {
  const env = await environmentOf(flags, io)
  const target = targetFrom({
    target: flags.target,
    emulator: flags.emulator,
    fetch: io.fetch,
    env,
  })
  if (target.name === 'emulator') {
    if (flags.sweep) throw misplaced('--sweep')
    const adminToken = flags.adminToken === undefined ? undefined : secret(flags.adminToken)
    const { profile } = flags
    return await run(
      await openEmulator({ target, profile, adminToken, clock: io.clock }),
      flags,
      io,
    )
  }
  if (flags.profile !== undefined) throw misplaced('--profile')
  const presents = io.fetch === undefined
  const place = await openLive({ env, target, presents, ...(io.clock && { clock: io.clock }) })
  return flags.sweep ? await swept(place, flags, io) : await run(place, flags, io)
}

function misplaced(flag: string): AccessUsageError {
  return new AccessUsageError({
    what: `${flag} does not apply to this target.`,
    why:
      flag === '--profile'
        ? 'The organization determines the profile of real Cloudflare.'
        : 'The emulator keeps nothing from a run.',
    todo: 'Leave it out.',
  })
}

async function run(place: CasePlace, flags: ConformFlags, io: Io): Promise<number> {
  const planned = plan(cases, place).filter(({ id }) => id.startsWith(flags.only ?? ''))
  if (planned.length === 0) {
    await place.close()
    throw new AccessUsageError({
      what: `No case id begins with "${flags.only}".`,
      todo: 'A report lists the ids.',
    })
  }
  if (flags.dryRun) {
    io.out(planWords(planned, place))
    await place.close()
    return 0
  }
  const isFiction = ({ reason, case: { evidence } }: Planned) =>
    reason === undefined && evidence === 'expected'
  if (planned.some(isFiction)) io.err(fictionWords)
  for (const note of place.notes ?? []) io.err(`note: ${note}\n`)
  const report = await makeReport(planned, place, {
    nowMs: (io.clock ?? systemClock).now(),
    onCase({ outcome, id, reason }) {
      if (outcome === 'failed') io.err(`failed: ${id}: ${reason}\n`)
    },
  })
  const left = await place.close().then(
    () => undefined,
    (error: unknown) => String(error),
  )
  await put(report, flags.out, io)
  const { passed, failed, left_out } = report.summary
  io.err(
    `${place.kind}, ${place.profile}: ${passed} passed, ${failed} failed, ${left_out} left out\n`,
  )
  const fictions = report.cases.filter(
    ({ outcome, expected_only }) => outcome === 'passed' && expected_only !== undefined,
  )
  if (fictions.length > 0) {
    io.err(
      `${fictions.length} of those passed on responses that do not exist live: see expected_only.\n`,
    )
  }
  for (const each of report.drift ?? []) io.err(`drift: ${driftWords(each)}\n`)
  if (left !== undefined) io.err(`${left}\nRemove it with --sweep.\n`)
  return failed > 0 || left !== undefined ? 1 : 0
}

/** Printed before any results: what passes here may fail live. */
const fictionWords = `Profile expected: some of these responses do not exist live. There ${edge.serviceAuth.path} returns 404, and an Allow policy sends a service token to the login (302) or refuses it (403, strict).\n`

async function put(report: ConformReport, out: string | undefined, io: Io): Promise<void> {
  const text = `${JSON.stringify(report, null, 1)}\n`
  if (out === undefined) {
    io.out(text)
    return
  }
  await writeFile(out, text).catch((error: unknown) => {
    throw new AccessUsageError({
      what: `${out} cannot be written (${error instanceof Error ? error.message : error}).`,
      todo: 'Pass another file with --out.',
    })
  })
}

function planWords(planned: readonly Planned[], place: CasePlace): string {
  const asked = planned.filter(({ isAsked }) => isAsked)
  const reasons = new Map<string, number>()
  for (const { reason, isAsked } of planned) {
    if (!isAsked && reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  const writing = asked.filter(({ case: each }) =>
    each.needs.some((need) => need === 'write' || need === 'own_account'),
  )
  const lines = [
    `target: ${place.kind}, ${place.profile}`,
    ...('zone' in place ? liveWords(place as LivePlace) : []),
    `offers: ${[...place.offers].join(', ') || 'read access only'}`,
    `${asked.length} cases would run; ${writing.length} of them create objects and remove them.`,
    ...[...reasons].map(([reason, count]) => `${count} would be left out: ${reason}`),
    ...asked.map(({ id, reason }) => `  ${id}${reason === undefined ? '' : ` (${reason})`}`),
  ]
  return `${lines.join('\n')}\n`
}

function liveWords({ account_id, zone, prefix, offers }: LivePlace): string[] {
  const writes = offers.has('write')
    ? `writes: only names that begin with "${prefix}-", in account ${account_id}`
    : 'writes: none'
  return [`account: ${account_id}, zone: ${zone.name} (${zone.id})`, writes]
}

async function swept(place: LivePlace, flags: ConformFlags, io: Io): Promise<number> {
  const found = await place.leftovers()
  const isRemoved = place.offers.has('write') && flags.dryRun !== true
  let code = 0
  for (const { kind, name, id, remove } of found) {
    const problem = isRemoved
      ? await remove().then(
          () => undefined,
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        )
      : undefined
    if (problem !== undefined) code = 1
    const verb = problem !== undefined ? 'stays' : isRemoved ? 'removed' : 'would be removed'
    io.out(`${verb}: ${kind} ${name} (${id})${problem === undefined ? '' : `: ${problem}`}\n`)
  }
  io.err(`${found.length} found with the prefix "${place.prefix}"\n`)
  return code
}

/** Flags override the credentials file, which overrides the environment. */
async function environmentOf(flags: ConformFlags, io: Io): Promise<Environment> {
  const file = flags.credentials
  const text =
    file === undefined
      ? ''
      : await readFile(file, 'utf8').catch(() => {
          throw new AccessUsageError({
            what: `${file} cannot be read.`,
            todo: 'Pass a file of lines like CLOUDFLARE_API_TOKEN=… with --credentials.',
          })
        })
  const given: Environment = {
    [variables.account_id]: flags.accountId,
    [liveVariables.zone]: flags.zone,
    [liveVariables.protected_url]: flags.protectedUrl,
    [liveVariables.allow_writes]: flags.allowWrites,
    [liveVariables.name_prefix]: flags.prefix,
    [liveVariables.wildcard_hosts]: flags.wildcardHosts && '1',
    [liveVariables.settle_seconds]: flags.settleSeconds,
  }
  const stated = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...io.env, ...parseEnv(text), ...Object.fromEntries(stated) }
}
