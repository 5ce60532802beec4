/** The sign-in of a person whom a callback knows: by PIN, or by the stand-in for a provider (sign-in-callback). */
import { headerNames } from '../../../contracts/edge/endpoints.ts'
import type { PersonInput } from '../../../contracts/edge/person.ts'
import { unaskedSteps } from '../../access/login.ts'
import type { TrailStep } from '../../access/verdict.ts'
import type {
  ApplicationRow,
  Change,
  IdentityProviderRow,
  LoginRow,
} from '../../account/account.ts'
import type { JournalNotes } from '../../http/handler.ts'
import type { Reply } from '../../http/reply.ts'
import { hex } from '../../world/ids.ts'
import type { EdgeContext } from '../context.ts'
import { deviceCookie, globalSessionCookie } from '../cookies.ts'
import { completeLogin } from './complete-login.ts'
import { loginAddress, redirect } from './flow.ts'
import { linkTo } from './pages.ts'
import { type RefusedPerson, refusal } from './refusal.ts'

/** The login that a callback continues. */
export interface CallbackState {
  readonly login: LoginRow
  readonly application: ApplicationRow
  readonly provider: IdentityProviderRow
}

/** The answer to a person who is known, before their login counts as used. */
export interface SignInAnswer extends JournalNotes {
  readonly reply: Reply
  readonly changes: readonly Change[]
  /** The person, if they were admitted. Their row is written with the answer, since others may change it meanwhile. */
  readonly admitted?: { readonly person: PersonInput; readonly user_id: string }
}

export async function signIn(
  context: EdgeContext,
  standing: CallbackState,
  person: PersonInput,
): Promise<SignInAnswer> {
  const { login, application, provider } = standing
  const { account, world, edgeRequest, nowMs } = context
  const { hostname, path, app_session, certificate, mtls_auth } = login
  const { user } = account.enrol(person, nowMs)
  const known = account.identityOf(person)
  const completed = await completeLogin(context, {
    application,
    hostname,
    path,
    app_session,
    certificate,
    mtls_auth,
    user,
    identity: known,
  })
  const { evaluation, location, acted } = completed
  if (location === undefined) {
    const reply = await refusal(context, refusedAt(standing), evaluation.verdict)
    return { reply, evaluation, changes: [] }
  }
  const { identity = known } = evaluation.subject
  const session = await account.issueGlobalSession(application, user, identity)
  const device = hex(world.bytes(16, 'device', account.id, edgeRequest.ray))
  const cookies = [
    globalSessionCookie(session.token, session.exp),
    ...(provider.type === 'onetimepin' ? [deviceCookie(device, nowMs)] : []),
  ]
  const { verdict } = evaluation
  const skipped = stepsSkipped(context, verdict.policy?.id)
  const reply = redirect(location, {
    'set-cookie': cookies,
    ...(skipped.length === 0 ? {} : { [headerNames.evidence]: 'emulator_only' }),
  })
  return {
    reply,
    changes: [...(completed.changes ?? []), ...session.changes],
    admitted: { person, user_id: user.id },
    evaluation: { ...evaluation, verdict: { ...verdict, trail: [...verdict.trail, ...skipped] } },
    acted,
  }
}

/** Steps that real Cloudflare would require before it lets the person in. `POST /__access/sessions` skips them too. */
function stepsSkipped(
  { account }: EdgeContext,
  policyId: string | undefined,
): readonly TrailStep[] {
  const policy = account.policy(policyId ?? '')
  if (policy === undefined) return []
  const { id, name, decision } = policy
  return unaskedSteps(policy).map((reason) => ({
    stage: 'identity',
    policy: { id, name, decision },
    outcome: 'not_evaluable',
    reason,
  }))
}

/** What was refused, with the way back to the login. */
export function refusedAt({ login, application }: CallbackState): RefusedPerson {
  const href = loginAddress(application, login.hostname, login.path)
  return { application, onwards: [linkTo({ name: 'Back to the login', href })] }
}
