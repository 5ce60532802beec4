/** The failing exchange in the formats people save. */
import { UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { readObserved } from '../../../client/doctor/observed.ts'

const id = `${'a1'.repeat(16)}.access`
const token = new UnsecuredJWT({ type: 'app', aud: 'c0de', exp: 1 })
  .setIssuer('https://example.cloudflareaccess.com')
  .encode()
  .replace(/\.$/, '.c2ln')

const curl = `* Host app.example.com:443 was resolved.
*   Trying 192.0.2.1:443...
* CONNECT tunnel: HTTP/1.1 negotiated
> CONNECT app.example.com:443 HTTP/1.1
> Host: app.example.com:443
>
< HTTP/1.1 200 OK
<
* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384
* using HTTP/2
* [HTTP/2] [1] [:method: GET]
> GET /reports?key=1 HTTP/2\r
> Host: app.example.com\r
> User-Agent: curl/8.5.0\r
> CF-Access-Client-Id: ${id}\r
> CF-Access-Client-Secret: cfast_x\r
>\r
{ [5 bytes data]
< HTTP/2 302 \r
< date: Fri, 02 Jan 2026 03:04:05 GMT\r
< location: https://example.cloudflareaccess.com/cdn-cgi/access/login/app.example.com?kid=c0de\r
< cf-ray: 98d4158b4f2c0b43-SJC\r
<\r
{ [143 bytes data]
<html>
found
</html>* Connection #0 to host app.example.com left intact`

describe('curl -v', () => {
  test('skips the proxy, the TLS remarks and the progress lines', async () => {
    const { exchanges, refusal } = await readObserved(curl)
    expect(refusal).toBeUndefined()
    expect(exchanges).toHaveLength(1)
    const [exchange] = exchanges
    expect(exchange?.url.href).toBe('https://app.example.com/reports?key=1')
    expect(exchange?.carried).toMatchObject({ clientId: id, malformed: undefined, isTwice: false })
    expect(exchange?.answer).toMatchObject({
      status: 302,
      kind: 'login',
      team: 'example.cloudflareaccess.com',
      ray: '98d4158b4f2c0b43-SJC',
      url: 'https://app.example.com/reports',
      dateMs: Date.parse('2026-01-02T03:04:05Z'),
      body: '<html>\nfound\n</html>',
    })
  })

  test('without a response means that the connection was cut', async () => {
    const { exchanges } = await readObserved('> GET / HTTP/1.1\n> Host: app.example.com\n> \n')
    expect(exchanges[0]?.answer).toMatchObject({ status: null, failure: 'cut' })
  })

  test('with -L has one exchange for each hop', async () => {
    const second = `> GET /cdn-cgi/access/login/app.example.com HTTP/2
> Host: example.cloudflareaccess.com
>
< HTTP/2 200
<
Sign in`
    const { exchanges } = await readObserved(`${curl}\n${second}`)
    expect(exchanges.map(({ url, answer }) => [url.host, answer.status])).toEqual([
      ['app.example.com', 302],
      ['example.cloudflareaccess.com', 200],
    ])
  })
})

describe('a HAR', () => {
  const entry = (request: object, response: object) => ({
    request: {
      method: 'GET',
      url: 'https://app.example.com/',
      headers: [],
      cookies: [],
      ...request,
    },
    response: { status: 200, headers: [], cookies: [], content: {}, ...response },
  })

  test('may list cookies apart from the headers', async () => {
    const cookies = [{ name: 'CF_Authorization', value: token }]
    const har = { log: { entries: [entry({ cookies }, { status: 403 })] } }
    const { exchanges } = await readObserved(JSON.stringify(har))
    expect(exchanges[0]?.carried.tokenIn).toBe('cookie')
    expect(exchanges[0]?.carried.token?.team).toBe('example.cloudflareaccess.com')
  })

  test('with status 0 means that no response came', async () => {
    const har = { log: { entries: [entry({}, { status: 0 })] } }
    const { exchanges } = await readObserved(JSON.stringify(har))
    expect(exchanges[0]?.answer.status).toBeNull()
  })
})

describe('the credentials of a request', () => {
  const withHeader = async (line: string) => {
    const text = `> GET / HTTP/1.1\n> Host: app.example.com\n${line}\n> \n< HTTP/1.1 403\n< \n`
    const { exchanges } = await readObserved(text)
    return exchanges[0]?.carried
  }

  test.each([
    ['> CF-Access-Client-Id: CF-Access-Client-Id: x', 'begins with the name of a header'],
    [`> CF-Access-Client-Id: "${id}"`, 'holds a quote'],
    ['> CF-Access-Client-Id: a b', 'holds white space'],
  ])('%s', async (line, problem) => {
    expect((await withHeader(line))?.malformed).toBe(`the client id ${problem}`)
  })

  test('sent twice are not malformed', async () => {
    const line = `> CF-Access-Client-Id: ${id}\n> CF-Access-Client-Id: ${id}`
    expect(await withHeader(line)).toMatchObject({ isTwice: true, malformed: undefined })
  })

  test.each([
    ['cf-access-client-id', 'cf-access-client-secret', true],
    ['CF-Access-Client-Id', 'CF-Access-Client-Secret', false],
  ])('as JSON with the key %s', async (idKey, secretKey, isLowerCase) => {
    const value = JSON.stringify({ [idKey]: id, [secretKey]: 'x' })
    expect((await withHeader(`> X-Pair: ${value}`))?.json).toEqual({
      header: 'x-pair',
      isLowerCase,
    })
  })

  test.each([
    ['authorization: Bearer', 'authorization'],
    ['cf-access-token:', 'cf-access-token'],
    ['cf-access-jwt-assertion:', 'cf-access-jwt-assertion'],
  ])('as a token in %s', async (before, tokenIn) => {
    expect((await withHeader(`> ${before} ${token}`))?.tokenIn).toBe(tokenIn)
  })

  test('that were redacted are ignored', async () => {
    expect(await withHeader('> cookie: CF_Authorization=[redacted]')).toMatchObject({
      token: undefined,
      tokenIn: undefined,
    })
  })
})

test('an API response alone yields its codes, including the error chain', async () => {
  const error_chain = [{ code: 6111, message: 'Invalid format for Authorization header' }]
  const errors = [{ code: 6003, message: 'Invalid request headers', error_chain }]
  const { refusal } = await readObserved(JSON.stringify({ success: false, errors }))
  expect(refusal).toMatchObject({ codes: [6003, 6111], status: null, call: undefined })
})

test.each([
  '',
  'no exchange at all',
  '{"success":true,"result":[],"errors":[],"messages":[]}',
  '[]',
])('rejects %j and says what it accepts', async (text) => {
  await expect(readObserved(text)).rejects.toThrow(/curl -v.*HAR.*API.*Save it with/)
})
