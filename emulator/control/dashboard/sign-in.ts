/** The page that asks for the admin token. */
import { html } from '../../http/html.ts'
import { document } from './layout.ts'
import { field, root } from './parts.ts'

/** @param page where the sign-in leads */
export function signInForm(page: string, problem: string) {
  return document(
    'Sign in to the Access emulator',
    html`<main>
<h1>Access emulator</h1>
<p>From another machine, these pages ask for the admin token: <code>ACCESS_EMULATOR_ADMIN_TOKEN</code> or <code>--admin-token-file</code>. If neither was set, the emulator printed one at its start.</p>
${problem === '' ? undefined : html`<p class="bad" role="alert">${problem}</p>`}
<form class="card" method="post" action="${root}/sign-in"><input type="hidden" name="to" value="${page}">
${field('Admin token', html`<input name="token" type="password" required autocomplete="current-password">`)}
<p><button>Sign in</button></p></form>
</main>`,
  )
}
