/** A diagnosis in words that a person acts on. */
import { modes } from '../../contracts/modes.ts'
import type { Cause, Diagnosis } from './diagnosis.ts'

/** Without `alike`, the question is settled. */
export function report(url: string, diagnosis: Diagnosis): string {
  const { causes, ruled_out, probes, rays } = diagnosis
  const lines = [
    ...heading(url, diagnosis),
    ...grouped(causes).flatMap((group, index) => [
      '',
      ...group.flatMap((cause, at) => told(cause, at === 0 ? `${index + 1}.` : '  ')),
    ]),
    ...(ruled_out.length === 0 ? [] : ['', 'Ruled out:']),
    ...ruled_out.map(({ id, because }) => `  ${id}: ${because}`),
    '',
    `${probes} ${probes === 1 ? 'request' : 'requests'} sent.${rays.length === 0 ? '' : ` Rays: ${rays.join(', ')}`}`,
  ]
  return `${lines.join('\n')}\n`
}

function heading(url: string, { healthy, causes }: Diagnosis): readonly string[] {
  if (healthy) return [`${url} works as it should.`]
  if (causes.length > 0) return [`${url}: what is wrong, most likely first.`]
  return [
    `${url}: undecided. Nothing that was asked shows a cause.`,
    'Give what the failing client has: --client-id and --client-secret, --observed FILE (curl -v … > FILE 2>&1), --aud, --team;',
    'or --api-token and --account-id, with which the account itself can be read.',
  ]
}

/** Causes that cannot be told apart from here stand together. */
function grouped(causes: readonly Cause[]): readonly (readonly Cause[])[] {
  const groups: Cause[][] = []
  for (const cause of causes) {
    const own = groups.find((group) => group.some(({ id }) => cause.alike.includes(id)))
    if (own === undefined) groups.push([cause])
    else own.push(cause)
  }
  return groups
}

function told({ id, confidence, alike, proof, fix }: Cause, mark: string): readonly string[] {
  const share = `${Math.round(confidence * 100)} %`
  const isFirst = mark.trim() !== ''
  const looks =
    isFirst && alike.length > 0
      ? [`   From here it looks like ${alike.length} other: each is named with its share.`]
      : []
  return [
    `${mark} ${modes[id].title} [${id}], ${share}`,
    ...looks,
    ...(isFirst || proof.length > 0 ? proof.map((each) => `   - ${each}`) : []),
    `   Fix: ${fix}`,
  ]
}
