/** `scim_config` of an application: what its authentication and its mappings must have. */
import { expect, test } from 'vitest'
import { team, useApi } from '../support/api.ts'

const api = useApi()

const bearer = { scheme: 'oauthbearertoken', token: 'a-token' }
const oauth = {
  scheme: 'oauth2',
  client_id: 'us',
  client_secret: 's',
  authorization_url: 'https://a',
}

async function created(more: object) {
  const { status, body } = await api.send('POST', `/accounts/${team.id}/access/apps`, {
    body: {
      type: 'self_hosted',
      name: 'Provisioned',
      domain: 'provisioned.example.com',
      scim_config: { idp_uid: 'an-idp', remote_uri: 'https://scim.example.net', ...more },
    },
  })
  return { status, body }
}

test.each([
  ['a bearer token', { authentication: bearer }],
  ['several', { authentication: [bearer, { scheme: 'httpbasic', user: 'u', password: 'p' }] }],
  ['OAuth', { authentication: { ...oauth, token_url: 'https://t' } }],
  ['a mapping', { mappings: [{ schema: 'urn:ietf:params:scim:schemas:core:2.0:User' }] }],
])('%s is kept', async (_what, more) => {
  expect(await created(more)).toMatchObject({
    status: 201,
    body: { result: { scim_config: more } },
  })
})

test.each([
  [{ authentication: { scheme: 'httpbasic', user: 'u' } }, 'password is a required field'],
  [{ authentication: oauth }, 'token_url is a required field'],
  [{ authentication: [{ scheme: 'oauthbearertoken' }] }, 'token is a required field'],
  [{ mappings: [{ schema: 'params:scim:User' }] }, 'invalid SCIM schema in mappings'],
])('%j is refused: %s', async (more, words) => {
  const { status, body } = await created(more)
  expect(status).toBe(400)
  expect(body).toMatchObject({
    errors: [{ code: 12130, message: `access.api.error.invalid_request: ${words}` }],
  })
})
