/** Whom else a change to the account would let in: tried on the decision, like the change itself. */
import { decide, decideSignIn } from '../decide.ts'
import type { Subject } from '../subject.ts'
import type { AdviceQuestion, Move } from './move.ts'

interface Probe {
  readonly who: string
  readonly isIn: (question: AdviceQuestion) => boolean
}

const stranger = { ip: '198.51.100.77', country: 'ZZ', pair: { status: 'absent' } } as const
const unnamed = { status: 'valid', token_id: 'any', client_id: 'any.access', name: 'any' } as const

/** The most important first. */
function probes({ ip, country }: Subject): readonly Probe[] {
  const place = { ...(ip !== undefined && { ip }), ...(country !== undefined && { country }) }
  const passes = (subject: Subject) => (question: AdviceQuestion) =>
    decide(question.rulebook, subject).kind === 'pass'
  const person = { email: 'somebody@elsewhere.example' }
  return [
    { who: anyone, isIn: passes(stranger) },
    {
      who: 'every client in the same place, without credentials',
      isIn: passes({ ...place, pair: { status: 'absent' } }),
    },
    { who: 'every service token of the account', isIn: passes({ ...place, pair: unnamed }) },
    {
      who: 'everybody who can sign in',
      isIn: ({ rulebook }) =>
        decideSignIn(rulebook, { ...place, pair: { status: 'absent' }, identity: person }).kind ===
        'pass',
    },
  ]
}

const anyone = 'every client from anywhere, without credentials'

export function alsoAdmits(
  { dimension, apply, changes }: Move,
  question: AdviceQuestion,
): string | null {
  if (dimension !== 'account') return null
  const after = apply(question)
  const more = probes(question.subject).find(({ isIn }) => isIn(after) && !isIn(question))
  if (more !== undefined) return more.who
  const removes = changes.some(({ change }) => change === 'remove_policy')
  return removes ? 'others whom it blocks, where another policy lets them in' : null
}
