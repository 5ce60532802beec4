/** More than a hundred secrets, each recognisable only by the name of its place; and harmless look-alikes. */
import type { Redactor } from '../../contracts/recording/redact/redact.ts'

/** The replacement for a secret, by the redactor's entry. */
export type Spot = readonly [name: string, write: (secret: string) => Written]

export interface Written {
  readonly as: 'body' | 'url' | 'text' | 'headers'
  readonly given: string
}

export function redactedText(redactor: Redactor, { as, given }: Written): string {
  if (as !== 'headers') return redactor[as](given, 'planted')
  const [name = '', value = ''] = given.split(/: (.*)/s)
  return redactor.headers([[name, value]], 'planted')[0]?.[1] ?? ''
}

export const body = (given: string): Written => ({ as: 'body', given })
export const text = (given: string): Written => ({ as: 'text', given })
export const url = (given: string): Written => ({ as: 'url', given })
export const header = (given: string): Written => ({ as: 'headers', given })
export const json = (given: unknown): Written => body(JSON.stringify(given))

const base64 = (given: string) => Buffer.from(given).toString('base64')
const app = 'https://app.example.com'
const part = (name: string, content: string, type = '') =>
  `--b0undary\r\nContent-Disposition: form-data; ${name}\r\n${type}\r\n${content}\r\n`

const inJson: readonly Spot[] = [
  ['client_secret', (s) => json({ client_secret: s })],
  ['in camel case', (s) => json({ clientSecret: s })],
  ['in one word', (s) => json({ clientsecret: s })],
  ['with hyphens', (s) => json({ 'client-secret': s })],
  ['with a prefix', (s) => json({ google_client_secret: s })],
  ['deep', (s) => json({ a: [{ b: { c: [{ refresh_token: s }] } }] })],
  ['in a list', (s) => json({ tokens: ['x1', s] })],
  ['in a map of secrets', (s) => json({ secrets: { DATABASE: s } })],
  ['in an object that is named so', (s) => json({ password: { value: s } })],
  ['in credentials', (s) => json({ credentials: { username: 'bob', data: s } })],
  ['beside its name', (s) => json({ env: [{ name: 'API_TOKEN', value: s }] })],
  ['beside its name, before it', (s) => json({ env: [{ value: s, name: 'API_TOKEN' }] })],
  ['beside its name, capitals', (s) => json({ Parameters: [{ Key: 'DbPassword', Value: s }] })],
  ['in a list of headers', (s) => json({ headers: [{ name: 'X-Auth-Key', value: s }] })],
  ['in pairs', (s) => json({ headers: [['X-Api-Key', s]] })],
  ['in an object of headers', (s) => json({ headers: { 'X-Hub-Signature': s } })],
  ['a cookie among headers', (s) => json({ headers: [{ name: 'Cookie', value: `a=${s}` }] })],
  ['in a list of cookies', (s) => json({ cookies: [{ name: 'theme', value: s }] })],
  [
    'among the parameters of a HAR',
    (s) => json({ postData: { params: [{ name: 'code', value: s }] } }),
  ],
  [
    'in the text of a HAR',
    (s) =>
      json({ postData: { mimeType: 'application/x-www-form-urlencoded', text: `a=b&pwd=${s}` } }),
  ],
  ['in the query of a HAR', (s) => json({ queryString: [{ name: 'sig', value: s }] })],
  ['in JSON within a string', (s) => json({ message: JSON.stringify({ accessToken: s }) })],
  [
    'in JSON within JSON within a string',
    (s) => json({ a: JSON.stringify({ b: JSON.stringify({ passphrase: s }) }) }),
  ],
  ['in base64 within a string', (s) => json({ blob: base64(JSON.stringify({ secret: s })) })],
  ['in XML within a string', (s) => json({ soap: `<a><password>${s}</password></a>` })],
  ['in a form within a string', (s) => json({ body: `user=a&password=${s}` })],
  ['in a command within a string', (s) => json({ cmd: `curl -H 'X-Api-Key: ${s}' ${app}` })],
  ['in the binding of a Worker', (s) => json({ type: 'secret_text', name: 'A', text: s })],
  ['in a private JWK', (s) => json({ kty: 'RSA', n: 'abc', e: 'AQAB', d: s })],
  ['in a symmetric JWK', (s) => json({ kty: 'oct', k: s })],
  ['aws_secret_access_key', (s) => json({ SecretAccessKey: s })],
  ['signing key', (s) => json({ signingKey: s })],
  ['session id', (s) => json({ sessionId: s })],
  ['one-time code', (s) => json({ verificationCode: s })],
  ['backup codes', (s) => json({ backup_codes: ['a1b2', s] })],
  ['passwd', (s) => json({ root_passwd: s })],
  ['pass', (s) => json({ smtp_pass: s })],
  ['hash of a password', (s) => json({ password_hash: s })],
  ['confirmation of a password', (s) => json({ passwordConfirmation: s })],
  ['the second of two', (s) => json({ password2: s })],
  ['JSON that is cut off', (s) => body(`{"a":1,"token":"${s}","b":[`)],
  ['JSON that is cut off within it', (s) => body(`{"a":1,"token":"${s}`)],
  ['JSON lines', (s) => body(`{"a":1}\n{"apiKey":"${s}"}\n`)],
  ['JSON with a prefix', (s) => body(`)]}',\n{"apiKey": "${s}"}`)],
  ['an event of a stream', (s) => body(`event: x\ndata: {"access_token":"${s}"}\n\n`)],
  ['escaped JSON in a log', (s) => body(`ERR body="{\\"password\\":\\"${s}\\"}" status=400`)],
  ['JSON in HTML', (s) => body(`<div data-x="{&quot;token&quot;:&quot;${s}&quot;}">hello</div>`)],
  ['an object of Python', (s) => body(`got {'api_key': '${s}', 'n': 1}`)],
  ['GraphQL', (s) => json({ query: `mutation { login(password: "${s}") { id } }` })],
]

const inForms: readonly Spot[] = [
  ['a form', (s) => body(`user=bob&password=${s}`)],
  ['a form with brackets', (s) => body(`user[name]=bob&user[password]=${s}`)],
  ['a form with the first', (s) => body(`client_secret=${s}&grant_type=x`)],
  ['a form with escapes', (s) => body(`a=b&pass%77ord=${s}`)],
  ['a form that ends in a line', (s) => body(`a=b&otp=${s}\n`)],
  ['a code', (s) => body(`code=${s}`)],
  ['a multipart form', (s) => body(`${part('name="api_token"', s)}--b0undary--\r\n`)],
  ['a multipart name without quotes', (s) => body(`${part('name=api_token', s)}--b0undary--`)],
  [
    'a multipart name that is encoded',
    (s) => body(`${part("name*=utf-8''password", s)}--b0undary--`),
  ],
  [
    'a multipart form that is cut off',
    (s) => body(part('name="a"', 'b') + part('name="secret"', s)),
  ],
  [
    'a multipart form with line feeds',
    (s) => body(part('name="password"', s).replaceAll('\r', '')),
  ],
  [
    'JSON in a multipart form',
    (s) =>
      body(
        `${part('name="meta_data"', `{"key":1,"password":"${s}"}`, 'Content-Type: application/json\r\n')}--b0undary--`,
      ),
  ],
]

const inAddresses: readonly Spot[] = [
  ['a query', (s) => url(`${app}/?token=${s}`)],
  ['a query with a name in camel case', (s) => url(`${app}/?a=1&apiKey=${s}`)],
  ['a signature', (s) => url(`${app}/?X-Goog-Signature=${s}`)],
  ['sig', (s) => url(`https://x.blob.example/?sv=1&sig=${s}&se=2`)],
  ['an address in text', (s) => text(`GET ${app}/cb?code=${s}&page=2 200`)],
  ['a fragment in text', (s) => text(`went to ${app}/cb#access_token=${s}&n=1.`)],
  [
    'an address in an address in text',
    (s) => text(`to ${app}/?next=${encodeURIComponent(`/cb?ticket=${s}`)} now`),
  ],
  [
    'JSON in a query',
    (s) => url(`${app}/?q=${encodeURIComponent(JSON.stringify({ password: s }))}`),
  ],
  ['an encoded query in a path', (s) => text(`/login?to=%2Fcb%3Fa%3D1%26token%3D${s}`)],
  ['an encoded address on its own', (s) => text(`%2Fcb%3Fstate%3D${s}%26nonce%3D${s}-2%26a%3D1`)],
  ['a password without a name', (s) => text(`redis://:${s}@cache.example:6379/0`)],
  ['a password with an at sign', (s) => text(`postgres://bob:${s}@!x@db.example/main`)],
  ['a relative address in JSON', (s) => json({ next: `/cb?code=${s}` })],
]

const inHeaders: readonly Spot[] = [
  ['a key', (s) => header(`X-Api-Key: ${s}`)],
  ['another maker’s key', (s) => header(`X-Algolia-API-Key: ${s}`)],
  ['a token', (s) => header(`X-GitLab-Token: ${s}`)],
  ['a secret', (s) => header(`X-Webhook-Secret: ${s}`)],
  ['a password', (s) => header(`X-Vnc-Password: ${s}`)],
  ['Digest', (s) => header(`Authorization: Digest username="a", response="${s}"`)],
  ['a scheme of its own', (s) => header(`Authorization: Hawk id="1", mac="${s}"`)],
  ['a security token', (s) => header(`X-Amz-Security-Token: ${s}`)],
  ['JSON', (s) => header(`X-Context: {"user":{"sessionToken":"${s}"}}`)],
  ['a form', (s) => header(`X-Forwarded-Query: ?a=1&access_token=${s}`)],
  ['a cookie', (s) => header(`Cookie: a=1; theme=${s}`)],
  ['a new cookie', (s) => header(`Set-Cookie: theme=${s}; Path=/`)],
  ['a link', (s) => header(`Link: <${app}/?token=${s}>; rel="next"`)],
]

const inMarkup: readonly Spot[] = [
  ['an element', (s) => body(`<a><apiKey>${s}</apiKey></a>`)],
  [
    'an element with a prefix',
    (s) => body(`<s:Envelope><wsse:Password Type="x">${s}</wsse:Password></s:Envelope>`),
  ],
  ['CDATA', (s) => body(`<a><password><![CDATA[${s}]]></password></a>`)],
  ['an attribute', (s) => body(`<server user="a" password="${s}"/>`)],
  ['an attribute in single quotes', (s) => body(`<server accessKey='${s}' user='a'></server>`)],
  ['an attribute of a prefix', (s) => body(`<x a:clientSecret = "${s}" b="1"></x>`)],
  [
    'an element by its attribute',
    (s) => body(`<properties><entry key="db.password">${s}</entry></properties>`),
  ],
  [
    'a resource of Android',
    (s) => body(`<resources><string name="api_key">${s}</string></resources>`),
  ],
  ['a setting of .NET', (s) => body(`<appSettings><add key="ApiKey" value="${s}"/></appSettings>`)],
  [
    'the value of a setting',
    (s) => body(`<setting name="Token" serializeAs="String"><value>${s}</value></setting>`),
  ],
  ['a property list', (s) => body(`<dict><key>ApiToken</key><string>${s}</string></dict>`)],
  [
    'name and value as elements',
    (s) => body(`<property><name>fs.secret.key</name><value>${s}</value></property>`),
  ],
  [
    'a hidden input',
    (s) => body(`<form><input type="hidden" name="csrf_token" value="${s}"></form>`),
  ],
  ['a hidden input, value first', (s) => body(`<input value='${s}' name='authenticity_token'>`)],
  ['a meta', (s) => body(`<html><meta name="csrf-token" content="${s}"></html>`)],
  ['a textarea', (s) => body(`<p><textarea name="private_key">${s}</textarea></p>`)],
  ['a script', (s) => body(`<script>window.config = { authToken: '${s}', n: 1 }</script>`)],
]

const inLines: readonly Spot[] = [
  ['a file of variables', (s) => body(`NODE_ENV=test\nAPI_TOKEN=${s}\n`)],
  ['with export', (s) => body(`set -e\nexport CF_API_TOKEN="${s}"\n`)],
  ['with a suffix', (s) => body(`A=1\nSTRIPE_SECRET_KEY_LIVE=${s}\n`)],
  ['a phrase', (s) => body(`A=1\nSECRET=some words ${s} more\n`)],
  ['in single quotes', (s) => body(`A=1\nDB_PASSWORD='a ${s} b'\n`)],
  ['before a command', (s) => text(`MY_SERVICE_TOKEN=${s} npm run deploy`)],
  ['in PowerShell', (s) => text(`$env:AUTH_TOKEN = "${s}"`)],
  ['in cmd', (s) => body(`@echo off\r\nset PASSWORD=${s}\r\n`)],
  ['a flag', (s) => text(`mysql --user bob --password ${s} main`)],
  ['a flag with an equals sign', (s) => text(`tool --api-key=${s} --verbose`)],
  ['a header of curl', (s) => text(`curl -sS -H "X-Vault-Token: ${s}" ${app}`)],
  ['a header of curl in the whole', (s) => text(`curl -H 'Authorization: Custom a=b, c=${s}'`)],
  ['data of curl', (s) => text(`curl -d 'user=a&password=${s}' ${app}`)],
  ['JSON of curl', (s) => text(`curl -d '{"password":"${s}"}' ${app}`)],
  ['the verbose output of curl', (s) => text(`> GET / HTTP/1.1\n> X-Api-Key: ${s}\n> Accept: */*`)],
  ['a cookie of that', (s) => text(`< HTTP/2 200\n< set-cookie: sid=${s}; Path=/\n`)],
  ['ini', (s) => body(`[db]\nuser = bob\npassword = ${s}\n`)],
  ['ini with a comment', (s) => body(`[db]\nauth_token = ${s} ; rotate\n`)],
  ['properties', (s) => body(`# x\nspring.datasource.password=${s}\n`)],
  ['.npmrc', (s) => body(`registry=x\n//registry.example/:_authToken=${s}\n`)],
  ['.netrc', (s) => body(`machine a.example login bob password ${s}\n`)],
  ['YAML', (s) => body(`user: bob\nclient_secret: ${s}\n`)],
  ['YAML in quotes', (s) => body(`a:\n  - token: "${s}"\n    name: x\n`)],
  ['YAML in braces', (s) => body(`db: { user: bob, token: ${s} }\n`)],
  ['a block of YAML', (s) => body(`secret: |\n  line one\n  ${s}\nnext: 1\n`)],
  ['a list of YAML', (s) => body(`tokens:\n  - ab12\n  - ${s}\nnext: 1\n`)],
  ['a variable of Kubernetes', (s) => body(`env:\n  - name: API_TOKEN\n    value: ${s}\n`)],
  ['TOML', (s) => body(`[auth]\nrefresh-token = "${s}"\n`)],
  ['a connection string', (s) => text(`Server=db;Uid=sa;Pwd=${s};Encrypt=yes`)],
  ['logfmt', (s) => text(`level=info msg=x token=${s} user=bob`)],
  ['a record in a log', (s) => text(`User(name=bob, password=${s}, id=1)`)],
  ['Ruby', (s) => text(`{:password=>"${s}", :user=>"bob"}`)],
  ['PHP', (s) => text(`['api_token' => '${s}', 'n' => 1]`)],
  ['JavaScript', (s) => text(`const apiToken = \`${s}\`;`)],
  ['a property by brackets', (s) => text(`headers["x-api-key"] = "${s}"`)],
  ['a variable with a default', (s) => text(`\${API_TOKEN:-${s}}`)],
  ['a sentence', (s) => text(`The login failed for bob with password: ${s} (twice).`)],
  ['a private key that is cut off', (s) => text(`-----BEGIN RSA PRIVATE KEY-----\nMIIE${s}`)],
]

export const places: readonly Spot[] = (
  [
    ['JSON', inJson],
    ['forms', inForms],
    ['addresses', inAddresses],
    ['headers', inHeaders],
    ['markup', inMarkup],
    ['lines', inLines],
  ] as const
).flatMap(([kind, rows]) => rows.map(([name, write]) => [`${kind}: ${name}`, write] as const))

/** Each stays unchanged, to the last character. */
export const lookAlikes: readonly Written[] = [
  json({ token_count: 12000, max_tokens: 4096, usage: { total_tokens: 123456 }, tokens: '5000' }),
  json({ kty: 'RSA', kid: 'ab12cd34', key_ops: ['verify'], use: 'sig', n: 'abc123', e: 'AQAB' }),
  json({ secretary: 'Ada Lovelace', monkey: 'george7', keyboard: 'us-101', turkey: 'a1' }),
  json({ password_hint: 'name of my pet 7', password_policy: 'min12', hasPassword: true }),
  json({ token_type: 'bearer', token_endpoint: 'https://x.example/a1', expires_in: 3600 }),
  json({
    response_types: [
      ['code', 'token'],
      ['id_token', 'token'],
    ],
    scope: 'openid',
  }),
  json({ grant_types: ['password', 'refresh_token'], credentials: 'same-origin' }),
  json({ state: 'active', session: 'none', pin: 'left', meta: { page: 2 } }),
  json({ service_token: { token_id: 'a1b2', name: 'svc-1' }, service_token_id: 'a1b2c3' }),
  json({ errors: [{ code: 12130, message: 'access.api.error.invalid: token expired 2' }] }),
  json({ enable_binding_cookie: false, same_site_cookie_attribute: 'lax1', secret: true }),
  json({ client_secret_version: 2, client_secret_expires_at: '2027-01-01T00:00:00Z' }),
  json({ name: 'token', type: 'string', secrets_count: 3, key: 'theme1' }),
  json({ primaryKey: 'id1', sort_key: 'a1', publicKey: 'abc1', idempotency_key: 'b-1' }),
  json({ compass: 'n1', bypass: 'x1', spin: 'r1', estate: 'e1', pass: 12, tokenizer: 'bpe1' }),
  json({ client_id: `${'a1'.repeat(16)}.access`, aud: 'c0de'.repeat(16) }),
  json({ message: 'Enter your password: it is needed. Token: expired.', author: 'a1' }),
  json({ private_key_id: 'abc123', access_key_id: 'AKIA1', session_duration: '24h' }),
  body('monkey=george7&page=2&secretary=ada1&keyword=a1&encode=utf8'),
  body('PWD=/home/ada1\nOLDPWD=/tmp/a1\nMONKEY=g1\nTOKEN_TTL=3600\nSECRET_NAME=db1\n'),
  body('TOKEN=$CI_TOKEN\nPASSWORD=$' + '{DB_PASSWORD}\nAPI_KEY="$(cat key1)"\n'),
  body('<p class="token">signed in 1</p><label name="password">Your password 1</label>'),
  body('<a name="token" href="/a1">How tokens work 1</a><button name="secret">Show 1</button>'),
  body('<token_count>12</token_count><state>active</state><monkey tail="a1">b1</monkey>'),
  body('const token = await getToken(url1)\nconst secret = process.env.SECRET\n'),
  body('type Login = { password: string; token: string }\n'),
  url('https://app.example.com/?monkey=a1&page_token_count=2&token_type=bearer1&encoding=a1'),
  url('https://app.example.com/docs/tokens?page=2&sort_key=a1#token-types-1'),
  text('3 of 4 tokens were refused: token expired at 10:30; see token.ts:12 and key=>value'),
  text('Service token: "svc-debug-1" exists. GET without credentials: `https://a.example/1`'),
  text('--max-tokens 4096 --token-file /run/secrets/a1 --no-password'),
  header('Access-Control-Allow-Headers: x-api-key, authorization'),
  header('Access-Control-Allow-Credentials: true'),
  header('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='),
  header('Idempotency-Key: a1b2c3d4'),
  header('X-Token-Count: 12'),
  header('CF-Access-Client-Id: a1b2.access'),
]
