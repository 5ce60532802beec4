/** The browser login: from the login page on the team domain to the application's cookie. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'

const html = once(() => z.string())

const page = { scope: 'host', result: html, status: 200, wrap: 'page' } as const

/** Forms are `application/x-www-form-urlencoded`; the summaries list their fields. */
export const loginFlow = {
  login: endpoint({
    ...page,
    id: 'edge.login',
    summary:
      'The login page of the team domain; redirects back if the browser is already signed in',
    method: 'GET',
    path: '/cdn-cgi/access/login/{hostname}',
    evidence: 'documented',
    source: ['sign-in-login-page', 'sign-in-login-page-domain'],
  }),
  requestPin: endpoint({
    ...page,
    id: 'edge.request_pin',
    summary:
      'Request a One-time PIN (form: email, redirect_url); the answer is the same for any address',
    method: 'POST',
    path: '/cdn-cgi/access/verify-code/{hostname}',
    evidence: 'assumed',
    source: ['sign-in-request-pin', 'sign-in-pin-any-address'],
  }),
  pinPage: endpoint({
    ...page,
    id: 'edge.pin_page',
    summary: 'The page that asks for the One-time PIN',
    method: 'GET',
    path: '/cdn-cgi/access/verify-code/{hostname}',
    evidence: 'documented',
    source: ['sign-in-pin-any-address'],
  }),
  callback: endpoint({
    ...page,
    id: 'edge.callback',
    summary:
      'Sign in with a One-time PIN (form: code, nonce) or through a local stand-in for an identity provider',
    method: 'POST',
    path: '/cdn-cgi/access/callback',
    evidence: 'documented',
    source: ['sign-in-callback', 'sign-in-callback-pin'],
  }),
  authorized: endpoint({
    ...page,
    id: 'edge.authorized',
    summary: 'Hand the application token of a login over to the application host',
    method: 'GET',
    path: '/cdn-cgi/access/authorized',
    evidence: 'documented',
    source: ['sign-in-authorized', 'sign-in-authorized-state'],
  }),
} as const satisfies EndpointGroup
