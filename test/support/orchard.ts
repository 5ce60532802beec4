/** An account for tests of what is below HTTP. */
export const orchard = {
  id: '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a',
  name: 'Orchard',
  zones: [],
  api_token: 'orchard-api-token',
  api_key: '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0',
  email: 'owner@orchard.example',
}
