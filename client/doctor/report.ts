/** Formats a diagnosis as text. */
import { modes } from '../../contracts/modes/catalogue.ts'
import { differs, driftWords } from '../api/drift.ts'
import type { Cause, DiagnoseOptions, Diagnosis } from './diagnosis.ts'
import { groupsOf, reasonsOf } from './groups.ts'
import { probeNames } from './observation.ts'
import { adviceSentence, nothingHelps } from './remedy.ts'

/** `given`: the options of the diagnosis, so that the report does not suggest what was already supplied. */
export function report(
  url: string,
  diagnosis: Diagnosis,
  given: Pick<DiagnoseOptions, 'api' | 'observed'>,
): string {
  const { causes, ruled_out, probes, rays, untried } = diagnosis
  const more = [
    ...(given.api === undefined ? ['an API token'] : []),
    ...(given.observed === undefined ? ['--observed'] : []),
  ]
  const sent = `${probes} ${probes === 1 ? 'request' : 'requests'} sent.`
  const lines = [
    ...heading(url, diagnosis),
    ...groupsOf(causes).flatMap((group, index) => ['', ...groupText(group, index + 1, more)]),
    ...oauthText(diagnosis),
    ...(untried === undefined ? [] : ['', `No fix was tried: ${untried}.`]),
    ...(ruled_out.length === 0
      ? []
      : [
          '',
          'Ruled out:',
          ...reasonsOf(ruled_out).map(({ ids, because }) => `   - ${ids.join(', ')}: ${because}`),
        ]),
    ...limits(diagnosis),
    '',
    rays.length === 0 ? sent : `${sent} Rays: ${rays.join(', ')}`,
  ]
  return `${lines.join('\n')}\n`
}

function heading(url: string, diagnosis: Diagnosis): readonly string[] {
  const { healthy, causes, expected_only, oauth = [] } = diagnosis
  const [fiction] = expected_only
  const unlike =
    fiction === undefined
      ? ''
      : ` The response ${fiction.status} to ${fiction.request} does not exist live: ${fiction.live}`
  if (healthy) {
    return fiction === undefined
      ? [`${url} works as it should.`]
      : [`${url} works in profile expected only.${unlike}`]
  }
  const isBroken = oauth.some(({ ok }) => !ok)
  if (causes.length > 0 || isBroken) return [`${url}: what is wrong.${unlike}`]
  return [
    `${url}: undecided. No probe shows a cause.${unlike}`,
    'Pass what the failing client has: --client-id and --client-secret, --observed FILE (curl -v … > FILE 2>&1), --aud, --team;',
    'or --api-token and --account-id, to read the account itself.',
  ]
}

/** The steps of a sign-in by Managed OAuth, each with whether it works. */
function oauthText({ oauth = [] }: Diagnosis): readonly string[] {
  if (oauth.length === 0) return []
  const lines = oauth.map(({ step, ok, says }) => `   ${ok ? 'ok  ' : 'FAIL'} ${step}: ${says}`)
  return ['', 'Managed OAuth, step by step:', ...lines]
}

/** What makes the diagnosis less certain. */
function limits({ unread, drift }: Diagnosis): readonly string[] {
  const isLess = unread.length > 0 || drift.some(differs)
  if (!isLess && drift.length === 0) return []
  return [
    '',
    isLess
      ? 'Not everything could be read from the API, so this is less certain:'
      : 'The API returned more than its contract describes, which does not matter here:',
    ...unread.map(({ read, because }) =>
      asProof(`${probeNames[read]} could not be read: ${because}`),
    ),
    ...drift
      .map(driftWords)
      .filter((words) => !unread.some(({ because }) => because.includes(words)))
      .map(asProof),
  ]
}

function groupText(
  group: readonly Cause[],
  number: number,
  more: readonly string[],
): readonly string[] {
  const [first] = group
  if (first === undefined) return []
  if (group.length === 1) {
    return [`${number}. ${named(first)}`, ...first.proof.map(asProof), ...remedy(first)]
  }
  // Print the proof that all of them share once.
  const common = first.proof.filter((each) => group.every(({ proof }) => proof.includes(each)))
  return [
    `${number}. One of ${group.length} that look alike from here${more.length === 0 ? '' : `; ${more.join(' or ')} can tell them apart`}:`,
    ...common.map(asProof),
    // Advice for the refusal applies to each cause in the group.
    ...tried(group.find(({ advice }) => advice !== undefined)?.advice),
    ...group.flatMap((cause) => [
      `   * ${named(cause)}`,
      ...cause.proof.filter((each) => !common.includes(each)).map((each) => `  ${asProof(each)}`),
      cause.advice === undefined
        ? `     Fix: ${cause.fix}`
        : `     In general: ${modes[cause.id].fix}`,
    ]),
  ]
}

function remedy({ id, fix, advice }: Cause): readonly string[] {
  if (advice === undefined) return [`   Fix: ${fix}`]
  return [...tried(advice), `   In general: ${modes[id].fix}`]
}

/** The changes that the emulator tried on the request, best first. */
function tried(advice: Cause['advice']): readonly string[] {
  if (advice === undefined) return []
  if (advice.length === 0) return [`   Fix: none. ${nothingHelps}`]
  const which = advice.length === 1 ? 'this lets' : 'each of these lets'
  return [
    `   Fix, tried by the emulator: ${which} the request in:`,
    ...advice.map((one) => asProof(adviceSentence(one))),
  ]
}

function named({ id, confidence }: Cause): string {
  return `${modes[id].title} [${id}, ${Math.round(confidence * 100)} %]`
}

function asProof(sentence: string): string {
  return `   - ${sentence}`
}
