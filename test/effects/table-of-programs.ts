/** The rows of the table of effects that are seen in Chromium, or verified by ssh-keygen. */
import type { Effect } from './table.ts'

/** Seen in Chromium. */
export const byChromium = {
  'the login design': {
    set: '`login_design` of the organization',
    asked: 'the login page of an application',
    before: 'no header, rgb(244, 245, 247) behind it',
    after: '“Machines & Co.”, rgb(16, 32, 48) behind it',
  },
  custom_deny_message: {
    set: '`custom_deny_message` of the application',
    asked: 'a sign-in of a person whom no policy admits',
    before: '“That account does not have access.”',
    after: '“Ask the help desk.”',
  },
  'a custom page for people': {
    set: '`custom_pages` of the application, with a page of type `identity_denied`',
    asked: 'a sign-in of a person whom no policy admits',
    before: '“That account does not have access.”',
    after: '“Ours”, whose script ran',
  },
  custom_deny_url: {
    set: '`custom_deny_url` of the application',
    asked: 'a sign-in of a person whom no policy admits',
    before: '“That account does not have access.”',
    after: 'https://help.example.com/denied',
  },
  'seats follow logins': {
    set: 'nothing: a person signs in',
    asked: 'GET `users`, `access_seat`',
    before: 'no user',
    after: 'a user with a seat',
  },
  'the App Launcher': {
    set: 'POST `apps` of type `app_launcher`, with a policy that admits the person',
    asked: 'the root of the team domain, by a person who is signed in',
    before: 'no tile',
    after: 'Wiki',
  },
  'a bookmark': {
    set: 'POST `apps` of type `bookmark`',
    asked: 'the App Launcher',
    before: 'Wiki',
    after: 'Handbook, Wiki',
  },
  'tags and a logo': {
    set: '`tags` and `logo_url` of the application',
    asked: 'the App Launcher: the tile, and the list by the tag',
    before: 'no tag, no logo',
    after: 'tag Tools, logo https://wiki.example.com/logo.svg; by the tag: Wiki',
  },
  'a policy that takes the person out': {
    set: 'PUT of the application’s policy: it names another address',
    asked: 'the App Launcher',
    before: 'Handbook, Wiki',
    after: 'Handbook',
  },
  'a revoked session': {
    set: 'POST `organizations/revoke_user`',
    asked: 'the App Launcher, reloaded',
    before: 'Handbook',
    after: 'no tile',
  },
} as const satisfies Readonly<Record<string, Effect>>

/** Verified by ssh-keygen, as an SSH server would. */
export const bySshKeygen = {
  'an SSH CA': {
    set: 'POST `apps/{id}/ca`',
    asked: 'a certificate of `cert_sign` for the person’s key',
    before: '400 “Please create a ca for application.”',
    after: 'signed by the `public_key` of the answer, for `ada`; not for `eve`',
  },
} as const satisfies Readonly<Record<string, Effect>>
