/** Why a refusal looks different than expected: 401 instead of 403 (edge-401-setting), or another AUD tag. */

import { type Check, match, no, out } from '../check.ts'
import { isManagedOauth } from '../gate.ts'
import type { ObservedFacts } from '../observation.ts'
import { shown, told, whenRefused, withoutCredentials, withPair } from './refusal.ts'

export const formChecks: readonly Check[] = [
  {
    id: 'answer-401-by-setting',
    about: 'form',
    evaluate: (facts) =>
      whenRefused(facts, ({ pair, bare, application }) => {
        if (pair.status !== 401 || isManagedOauth(pair) || pair.header('www-authenticate'))
          return no
        const proof = [told(pair, withPair), told(bare, withoutCredentials)]
        if (application) {
          if (!application.service_auth_401_redirect) {
            return out('The application does not have service_auth_401_redirect set.')
          }
          return match(shown, [
            `The application "${application.name ?? ''}" has service_auth_401_redirect set.`,
            ...proof,
          ])
        }
        if (bare.status === 401) return match(0.9, proof)
        // A strict organization gives a bad pair the same answer.
        return bare.kind === 'blocked' ? match(0.5, proof, { about: 'gate' }) : no
      }),
  },
  {
    id: 'answer-401-managed-oauth',
    about: 'form',
    evaluate: (facts) =>
      whenRefused(facts, ({ pair }) =>
        isManagedOauth(pair)
          ? match(shown, [`${told(pair, withPair)} Its www-authenticate begins with Bearer.`])
          : no,
      ),
  },
  {
    id: 'application-recreated',
    about: 'form',
    evaluate: (facts) =>
      whenRefused(facts, ({ pair, application, authenticated }) => {
        const aud = application?.aud ?? pair.aud
        if (facts.aud === undefined) {
          // From outside, a new AUD tag cannot be told from the original one.
          return authenticated !== 'no' && pair.kind === 'blocked' && application === undefined
            ? match(0.5, [told(pair, withPair)], { about: 'gate', refused: 'pair' })
            : no
        }
        if (aud === undefined) return no
        if (aud === facts.aud) return out(`The AUD tag of the application is ${aud}, as given.`)
        return match(0.9, [
          `The application has the AUD tag ${aud}, and the client knows ${facts.aud}.${isGone(facts)}`,
          told(pair, withPair),
        ])
      }),
  },
]

function isGone({ account, aud }: ObservedFacts): string {
  const isThere = account.applications?.some((each) => each.aud === aud)
  return isThere === false ? ' No application in the account has the latter.' : ''
}
