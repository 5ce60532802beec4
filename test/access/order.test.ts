/** The page on decisions lists the stages in the order in which the code runs them. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { orderOfRequest } from '../../emulator/access/order.ts'

test('the table of docs/decision.md is the list of emulator/access/order.ts', () => {
  const page = readFileSync(new URL('../../docs/decision.md', import.meta.url), 'utf8')
  const row = /^\| \d+ \| (`\w+`) \| (.*?) ?\|/gm
  const described = [...page.matchAll(row)].map(([, stage, policies]) => `${stage}: ${policies}`)
  const run = orderOfRequest.stages.map((stage) => {
    const asked = 'policies' in stage ? Object.keys(stage.policies) : []
    return `\`${stage.name}\`: ${asked.map((decision) => `\`${decision}\``).join(', ')}`
  })
  expect(described).toEqual(run)
})
