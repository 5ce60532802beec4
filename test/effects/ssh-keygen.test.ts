/** The rows of the table of effects that ssh-keygen verifies, as an SSH server would. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { folder, has } from '../commands/run/run-program.ts'
import { edgeFixture, hosts, team } from '../edge/applications.ts'
import { ada } from '../edge/login/person.ts'
import { bySshKeygen } from './table-of-programs.ts'

test('an SSH CA', async () => {
  if (!has('ssh-keygen')) return
  const home = await folder()
  const key = join(home, 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', key])
  const edge = await edgeFixture()
  const jwt = await edge.signIn(ada, hosts.P)
  let ca = ''
  const sign = async () => {
    const public_key = readFileSync(`${key}.pub`, 'utf8')
    const { status, text } = await edge.send(team, {
      method: 'POST',
      path: '/cdn-cgi/access/cert_sign',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ public_key, jwt, issuer: `https://${team}` }),
    })
    const answer = JSON.parse(text) as { certificate?: string; message?: string }
    if (answer.certificate === undefined)
      return `${status} “${answer.message?.replace('Bad Request. ', '')}”`
    writeFileSync(`${key}-cert.pub`, `${answer.certificate}\n`)
    const data = join(home, 'data')
    writeFileSync(data, 'hello')
    execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'x', '-f', `${key}-cert.pub`, data])
    const signers = join(home, 'signers')
    writeFileSync(signers, `* cert-authority ${ca}\n`)
    chmodSync(signers, 0o600)
    const isOf = (principal: string) => {
      const flags = `-Y verify -n x -f ${signers} -I ${principal} -s ${data}.sig`.split(' ')
      return spawnSync('ssh-keygen', flags, { input: 'hello' }).status === 0
    }
    const [isAda, isEve] = [isOf('ada'), isOf('eve')]
    return isAda && !isEve
      ? 'signed by the `public_key` of the answer, for `ada`; not for `eve`'
      : `ada: ${isAda}, eve: ${isEve}`
  }
  const before = await sign()
  const params = { app_id: edge.id(hosts.P) }
  ca = (await edge.api(api.shortLivedCertificateCas.create, { params })).public_key
  expect({ before, after: await sign() }).toEqual({
    before: bySshKeygen['an SSH CA'].before,
    after: bySshKeygen['an SSH CA'].after,
  })
})
