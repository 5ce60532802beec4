/** The application under test: it verifies the token that Access adds to each request, and greets by name. */
import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const issuer = process.env.TEAM_DOMAIN
const keys = createRemoteJWKSet(new URL('/cdn-cgi/access/certs', issuer))

createServer(async (request, response) => {
  const token = request.headers['cf-access-jwt-assertion'] ?? ''
  const who = await jwtVerify(token, keys, { issuer, audience: process.env.POLICY_AUD }).then(
    ({ payload }) => payload.email,
    () => undefined,
  )
  response.writeHead(who === undefined ? 401 : 200, { 'content-type': 'text/html' })
  response.end(who === undefined ? 'No valid token' : `<h1>Notes of ${who}</h1>`)
}).listen(Number(process.env.PORT), '127.0.0.1')
