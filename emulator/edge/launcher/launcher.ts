/** The App Launcher: who may see it, and what it lists for them (sign-in-launcher). */
import type { edge } from '../../../contracts/edge/endpoints.ts'
import type { ApplicationRow } from '../../account/account.ts'
import { because } from '../../http/reply.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { sessionFor } from '../login/complete-login.ts'
import { askingOf, flowPage, loginAddress, redirect } from '../login/flow.ts'
import { linkTo } from '../login/pages.ts'
import { refusal } from '../login/refusal.ts'
import { pathUnknown } from '../unknown.ts'
import { type LauncherPage, landingPage, listPage } from './page.ts'
import { lookOf } from './settings.ts'

export async function launcher(context: EdgeContext): Promise<PathAnswer<typeof edge.launcher>> {
  const { account, edgeRequest, place } = context
  const application = account.applications.launcher()
  const team = account.team()
  if (place !== 'team' || application === undefined || team === undefined) {
    return { reply: pathUnknown(context) }
  }
  const session = await sessionFor(context, application)
  const login = loginAddress(application, team, '/')
  if (session === undefined) {
    if (application.skip_app_launcher_login_page) return { reply: redirect(login) }
    const page = landingPage(lookFor(context, application), login)
    return { reply: because(shownAs(page), 'launcher_login_offered') }
  }
  const asking = askingOf(edgeRequest, team, '/')
  const evaluation = account.judge(application, { asking, ...session })
  if (evaluation.verdict.kind !== 'pass') {
    const at = { application, onwards: [linkTo({ name: 'Back to the login', href: login })] }
    return { reply: await refusal(context, at, evaluation.verdict), evaluation }
  }
  const { user, identity } = session
  const tiles = account.applications.tilesFor(asking, { ...identity, id: user.id })
  const tag = new URLSearchParams(edgeRequest.query).get('tag') ?? undefined
  const page = listPage(lookFor(context, application), { email: user.email, tiles, tag })
  return { reply: shownAs(page), evaluation }
}

function lookFor({ account }: EdgeContext, application: ApplicationRow) {
  return lookOf(application, account.organization()?.name ?? '')
}

function shownAs({ html, policy }: LauncherPage) {
  return flowPage(200, html, policy)
}
