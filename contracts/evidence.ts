/**
 * How we know that Cloudflare behaves so. `docs/evidence/` has the entries.
 * `recorded`: an observation with a dump; `documented`: documentation, specification or Cloudflare's own code;
 * `expected`: the ticket's wish; `assumed`: inferred; `emulator_only`: exists here alone.
 */
export const evidenceGrades = [
  'recorded',
  'documented',
  'expected',
  'assumed',
  'emulator_only',
] as const
export type Evidence = (typeof evidenceGrades)[number]
