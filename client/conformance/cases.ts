/** Every contract case, in one list. */
import type { Case } from './case.ts'
import { exchangeCases } from './edge/exchange.ts'

export const cases: readonly Case[] = [...exchangeCases]
