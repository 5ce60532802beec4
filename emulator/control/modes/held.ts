/** The application token that the client of a mode already holds before the failure. */

import type { FaultRecipe, HeldTokenRecipe, Mode, Recipe } from '../../../contracts/modes/mode.ts'
import { admittedPerson } from '../../../contracts/modes/policy-words.ts'
import { issueForServiceToken } from '../../account/issued.ts'
import { admit, enrol, identityOf } from '../../account/sign-in.ts'
import type { ApplicationRow, ServiceTokenRow } from '../../state/rows.ts'
import { plainAsking } from '../sessions.ts'
import { Problem } from './ledger.ts'
import { type ModeContext, newApplication } from './objects.ts'
import { faultOf } from './words.ts'

export function sendsToken({ request, discriminators: tells = [] }: Mode): boolean {
  const requests = [request, ...tells.map((tell) => tell.request)]
  return requests.some(({ credentials }) => credentials?.startsWith('held token'))
}

/** Issues the application token that the client got before anything went wrong. */
export async function issueHeldToken(
  context: ModeContext,
  { held = {}, ...setup }: Recipe,
  application: ApplicationRow | undefined,
  token: ServiceTokenRow,
): Promise<string> {
  if (application === undefined)
    throw new Problem(`${context.id}: there is no application to issue a token.`)
  const { account, control } = context
  const giver =
    held.of === undefined ? application : await anotherApplication(context, setup, token)
  const faults = issueFaults(held, control.nowMs).map((effect) => {
    const when = { application: giver.id }
    return faultOf({ at: 'token.issue', effect, when }, context.id, control.nowMs)
  })
  for (const each of faults) account.faults.add(each)
  const issued = await (held.by === undefined
    ? forMachine(context, giver, token)
    : forPerson(context, giver))
  for (const each of faults) account.faults.remove(each)
  return issued
}

async function forMachine(
  { account, control: { world }, host }: ModeContext,
  giver: ApplicationRow,
  { client_id }: ServiceTokenRow,
): Promise<string> {
  return (await issueForServiceToken(account, world, giver, { client_id, hostname: host })).token
}

async function forPerson(
  { account, control: { world, nowMs }, ledger, id }: ModeContext,
  giver: ApplicationRow,
): Promise<string> {
  const person = { email: admittedPerson }
  const { user, changes } = enrol(account, person, nowMs)
  const asking = plainAsking(giver, 'XX')
  const identity = identityOf(account, person)
  const { issued } = await admit(account, world, giver, { asking, user, identity })
  if (issued === undefined) throw new Problem(`${id}: no policy admits ${admittedPerson}.`)
  await ledger.commit([...changes, ...issued.changes])
  return issued.token
}

function anotherApplication(context: ModeContext, setup: Recipe, token: ServiceTokenRow) {
  const place = { name: `mode ${context.id}, another`, domain: `another.${context.host}` }
  const { policies } = setup
  const recipe = { fields: {}, ...(policies === undefined ? {} : { policies }) }
  return newApplication(context, recipe, place, token)
}

function issueFaults({ times, key }: HeldTokenRecipe, nowMs: number): FaultRecipe['effect'][] {
  if (key !== undefined) return [{ kind: 'key', use: key }]
  if (times === undefined) return []
  const at = (seconds: number) => Math.floor(nowMs / 1000) + seconds
  const set = Object.entries(times).map(([claim, seconds]) => [claim, at(seconds)])
  return [{ kind: 'claims', set: Object.fromEntries(set) }]
}
