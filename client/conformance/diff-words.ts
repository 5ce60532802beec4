/** Formats drift as text. */
import type { Comparison, ReportDrift } from './diff.ts'

export function driftWords(comparison: Comparison): string {
  const { drift, compared, onlyBefore, onlyAfter, confirmed } = comparison
  const groups = grouped(drift)
  const lines = [...groups].flatMap(([id, found]) => [
    `${id}  (${found[0]?.evidence}; ${gradeWords(found[0])})`,
    ...found.map(line),
  ])
  const more = [
    ...confirmed.map(({ case: id, evidence }) => `${id}  confirmed: ${evidence} -> recorded`),
    `${compared} cases compared, ${groups.size} drifted in ${drift.length} places.`,
    ...(onlyBefore.length === 0 ? [] : [`Only in the first: ${onlyBefore.length}.`]),
    ...(onlyAfter.length === 0 ? [] : [`Only in the second: ${onlyAfter.length}.`]),
  ]
  return `${[...lines, ...more].join('\n')}\n`
}

function grouped(drift: readonly ReportDrift[]): Map<string, ReportDrift[]> {
  const groups = new Map<string, ReportDrift[]>()
  for (const each of drift) groups.set(each.case, [...(groups.get(each.case) ?? []), each])
  return groups
}

function line({ kind, at, request, before, after }: ReportDrift): string {
  const where = request === undefined ? '' : `  at ${request}`
  const values: Readonly<Record<ReportDrift['kind'], string>> = {
    missing: `- ${at}: ${shown(before)}`,
    extra: `+ ${at}: ${shown(after)}`,
    changed: `~ ${at}: ${shown(before)} -> ${shown(after)}`,
  }
  return `  ${values[kind]}${where}`
}

function gradeWords(drift: ReportDrift | undefined): string {
  if (drift === undefined || drift.evidence === drift.becomes) return 'of the emulator alone'
  const verb = drift.becomes === 'recorded' ? 'raises' : 'lowers'
  return `as seen live, it ${verb} this to ${drift.becomes}`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}
