/** Ids of the evidence register and their grades. Generated from docs/evidence/ by `npm run docs`. Do not edit. */
import type { Evidence } from './evidence.ts'

export const sources = {
  'edge-service-auth-absent': 'recorded',
} as const satisfies Record<string, Evidence>

export type SourceId = keyof typeof sources

/** What a row rests on: at least one entry of the register. */
export type Sources = readonly [SourceId, ...SourceId[]]
