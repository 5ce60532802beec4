/**
 * How we know that Cloudflare behaves this way. The entries are in `docs/evidence/`.
 * `recorded`: observed, with a dump; `documented`: in documentation, a specification or Cloudflare's own code;
 * `expected`: what the support ticket expects; `assumed`: inferred; `emulator_only`: exists only in the emulator.
 */
export const evidenceGrades = [
  'recorded',
  'documented',
  'expected',
  'assumed',
  'emulator_only',
] as const
export type Evidence = (typeof evidenceGrades)[number]
