/** Thirty secrets, each in a place of its own, in a capture as a browser saves it. */
import { SignJWT } from 'jose'

const key = new TextEncoder().encode('a key that signs the JWTs of this test')

function hex(seed: string): string {
  return Buffer.from(seed.repeat(32)).toString('hex').slice(0, 64)
}

async function jwt(name: string, claims: Record<string, unknown> = {}): Promise<string> {
  return await new SignJWT({ sub: name, iat: 1_700_000_000, exp: 1_700_086_400, ...claims })
    .setProtectedHeader({ alg: 'HS256', kid: hex('kid') })
    .sign(key)
}

const cfast = (name: string) => `cfast_${name.repeat(48).slice(0, 48)}`
const clientId = `${'e0b1'.repeat(8)}.access`

/** Secrets that must be gone afterwards, by their place. */
export async function planted() {
  const secrets = {
    secretHeader: cfast('Alpha'),
    oldSecretHeader: hex('bravo'),
    bearerHeader: 'q7Jx_bearer-of-the-API-token-000000000001',
    basicHeader: Buffer.from('user:charlie-password').toString('base64'),
    keyHeader: 'c2547eb745079dac9320b638f5e225cf483cc',
    jsonHeader: cfast('Delta'),
    assertionHeader: await jwt('assertion'),
    tokenHeader: await jwt('header'),
    requestCookie: await jwt('cookie'),
    sessionCookie: 'n0123456789abcdef-session-echo',
    foreignCookie: 'foxtrot-cookie-value',
    setCookie: await jwt('set-cookie'),
    setBinding: 'golf-binding-value-0001',
    queryToken: await jwt('query'),
    querySecret: 'hotel/secret+with&signs',
    queryKey: 'india-api-key-000001',
    urlPassword: 'juliet-in-userinfo',
    pathToken: await jwt('path'),
    formPassword: 'kilo password with spaces',
    formSecret: hex('lima!'),
    jsonSecret: cfast('Mike9'),
    jsonShort: 'n"ov\\ember',
    jsonNested: 'oscar-refresh-token-0001',
    jsonEmail: 'papa.quebec@people.example',
    emailInClaim: 'romeo@people.example',
    errorSecret: cfast('Sierra'),
    errorPair: hex('tango'),
    htmlEmail: 'uniform@people.example',
    htmlSecret: 'victor-api-token-0000000001',
    meta: await jwt('meta', { service_token_status: true }),
    privateKey: `-----BEGIN PRIVATE KEY-----\nMIIwhiskeyXray\n-----END PRIVATE KEY-----`,
  }
  const claims = await jwt('claims', { email: secrets.emailInClaim })
  const headers = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([name, value]) => ({ name, value }))
  const query = new URLSearchParams({
    access_token: secrets.queryToken,
    client_secret: secrets.querySecret,
    api_key: secrets.queryKey,
    page: '2',
  })
  const url = `https://who:${secrets.urlPassword}@app.example.com/x/${secrets.pathToken}?${query}`
  const error = [
    `fetch failed for ${clientId}: ${secrets.errorPair}`,
    `client_secret=${secrets.errorSecret}`,
    secrets.privateKey,
  ].join('; ')
  const page = [
    '<html><body>Signed in as',
    secrets.htmlEmail,
    `<script>window.api_token = "${secrets.htmlSecret}"</script></body></html>`,
  ].join(' ')
  const entries = [
    {
      startedDateTime: '2026-01-02T03:04:05.000Z',
      time: 12,
      request: {
        method: 'GET',
        url,
        headers: headers([
          ['CF-Access-Client-Id', clientId],
          ['CF-Access-Client-Secret', secrets.secretHeader],
          ['Authorization', `Bearer ${secrets.bearerHeader}`],
          ['Proxy-Authorization', `Basic ${secrets.basicHeader}`],
          ['X-Auth-Key', secrets.keyHeader],
          [
            'X-Service-Token',
            JSON.stringify({
              'cf-access-client-id': clientId,
              'cf-access-client-secret': secrets.jsonHeader,
            }),
          ],
          ['Cf-Access-Jwt-Assertion', secrets.assertionHeader],
          ['cf-access-token', secrets.tokenHeader],
          [
            'Cookie',
            `CF_Authorization=${secrets.requestCookie}; CF_AppSession=${secrets.sessionCookie}; theme=${secrets.foreignCookie}`,
          ],
        ]),
      },
      response: {
        status: 302,
        statusText: 'Found',
        headers: headers([
          ['cf-ray', '98d4158b4f2c0b43-SJC'],
          [
            'location',
            `https://team.cloudflareaccess.com/cdn-cgi/access/login/app.example.com?kid=${hex('aud')}&meta=${secrets.meta}&redirect_url=%2F`,
          ],
          ['set-cookie', `CF_Authorization=${secrets.setCookie}; Path=/; Secure`],
          ['set-cookie', `CF_Binding=${secrets.setBinding}; HttpOnly`],
        ]),
        content: { mimeType: 'text/html', text: page },
      },
    },
    {
      request: {
        method: 'POST',
        url: 'https://app.example.com/login',
        headers: headers([
          ['CF-Access-Client-Secret', secrets.oldSecretHeader],
          ['content-type', 'application/x-www-form-urlencoded'],
        ]),
        postData: {
          text: new URLSearchParams({
            user: 'x',
            password: secrets.formPassword,
            client_secret: secrets.formSecret,
          }).toString(),
        },
      },
      response: {
        status: 200,
        headers: headers([['content-type', 'application/json']]),
        content: {
          text: JSON.stringify({
            result: {
              client_id: clientId,
              client_secret: secrets.jsonSecret,
              password: secrets.jsonShort,
              oauth: { deep: [{ refresh_token: secrets.jsonNested }] },
              owner: secrets.jsonEmail,
              token: claims,
              aud: hex('aud'),
              // The secrets of other places appear again here, in plain text and encoded.
              message: `${secrets.secretHeader} ${encodeURIComponent(secrets.querySecret)} ${Buffer.from(secrets.setBinding).toString('base64')}`,
            },
          }),
        },
      },
    },
    {
      request: { method: 'GET', url: 'https://app.example.com/error', headers: [] },
      response: {
        status: 500,
        headers: headers([['content-type', 'text/plain']]),
        content: { text: error },
      },
    },
  ]
  const har = { log: { version: '1.2', creator: { name: 'a browser', version: '1' }, entries } }
  return { secrets, har, clientId, aud: hex('aud') }
}
