/** Cases of mTLS certificates and the settings of their hosts. */
import { certificates as declared } from '../../../contracts/api/certificates.ts'
import { api } from '../../../contracts/api/operations.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import { refuses, succeeds } from '../api-answer.ts'
import { hostName } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { owning, reading, writing } from '../define.ts'
import { fits, holds, same } from '../difference.ts'

const { certificates, certificateSettings } = api
const { certificate: exampleCa } = declared.example
/** What a client would present: no CA. */
const exampleLeaf = `-----BEGIN CERTIFICATE-----
MIIBlzCCATygAwIBAgIUDbR8QjC4E4xoIkZy2zi0n3gcpeYwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPRXhhbXBsZSByb290IENBMCAXDTI2MTEyNjIyMTg0N1oYDzIx
MjYxMTAyMjIxODQ3WjATMREwDwYDVQQDDAhkZXZpY2UtMTBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABLssk8rwd+NGCoL0g15vEF/CpbE23Aaf/Aem/M2tHzf+Je1P
66Np6Q0VpJWt6M0aKOXNBRoFLRFOlVwuoXH0bG2jZTBjMAwGA1UdEwEB/wQCMAAw
EwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0OBBYEFKmnQWNVmyXIo+8gNr+hCZwm
9KkSMB8GA1UdIwQYMBaAFMJskjg1d91ddsfz05Y8Eke+7ZfPMAoGCCqGSM49BAMC
A0kAMEYCIQDcGAFkD7EEeWAU5T6MAnuOus40kagedip0CsQeKlGVZgIhAJ4i9V7b
ghBEkOEyRM9YFn/UZ2wWlN5/N1nL07bvr6fh
-----END CERTIFICATE-----
`

const assumed = { evidence: 'assumed' } as const

/** A certificate for a host of its own; its host names go first, or it could not be removed. */
export async function certificate(
  target: CaseTarget,
  hostnames = [hostName(target)],
  pem: string = exampleCa,
) {
  const body = {
    name: target.name('certificate'),
    certificate: pem,
    associated_hostnames: hostnames,
  }
  const { result } = await succeeds(target, certificates.create, { body })
  const params = { certificate_id: result.id }
  target.cleanup(async () => {
    await target.api.certificates.replace({ ...params, body: { associated_hostnames: [] } })
    await target.api.certificates.delete(params)
  })
  return { params, hostnames, result }
}

export const certificateCases: readonly Case[] = [
  writing(certificates.create, 'names the certificate', {
    title: 'an MD5 fingerprint and the expiry are answered, and never the certificate itself',
    async run(target) {
      const { result, hostnames } = await certificate(target)
      fits(result.fingerprint, /^MD5 Fingerprint=([0-9A-F]{2}:){15}[0-9A-F]{2}$/, 'fingerprint')
      holds(result, { associated_hostnames: hostnames, expires_on: '2126-11-02T22:15:24Z' }, 'it')
      same('certificate' in result, false, 'whether the certificate is answered')
    },
  }),
  writing(certificates.create, 'of no CA', {
    title: 'a certificate that is no CA is refused, and nothing is made',
    ...assumed,
    source: ['api-mtls-certificate-requirements', 'api-mtls-certificate-refused'],
    async run(target) {
      const name = target.name('leaf')
      const body = { name, certificate: exampleLeaf }
      await refuses(target, certificates.create, 'invalid_request', { body })
      const { result } = await succeeds(target, certificates.list, { query: { per_page: 1000 } })
      const made = result.filter((each) => each.name === name)
      same(made, [], 'what was made')
    },
  }),
  writing(certificates.create, 'for a host that has one', {
    title: 'a host has one certificate: a second is a conflict',
    ...assumed,
    source: ['api-mtls-hostnames'],
    async run(target) {
      const { hostnames } = await certificate(target)
      const body = {
        name: target.name('second'),
        certificate: exampleCa,
        associated_hostnames: hostnames,
      }
      await refuses(target, certificates.create, 'conflict', { body })
    },
  }),
  writing(certificates.create, 'for a host elsewhere', {
    title: 'a host in no zone of the account is refused',
    ...assumed,
    source: ['api-mtls-hostnames'],
    refused: 'invalid_request',
    input: (target) => ({
      body: {
        name: target.name('elsewhere'),
        certificate: exampleCa,
        associated_hostnames: ['host.elsewhere.example'],
      },
    }),
  }),
  writing(certificates.replace, 'without host names', {
    title: 'a PUT without host names leaves none, and the certificate can be deleted',
    source: ['api-mtls-certificate-put-without-hostnames'],
    async run(target) {
      const { params } = await certificate(target)
      const answer = await succeeds(target, certificates.replace, { params, body: {} })
      same(answer.result.associated_hostnames, [], 'host names')
      await succeeds(target, certificates.delete, { params })
    },
  }),
  writing(certificates.replace, 'keeps its name', {
    title: 'a PUT with host names alone keeps the name',
    async run(target) {
      const { params, result } = await certificate(target)
      const hosts = [hostName(target), hostName(target)]
      const body = { associated_hostnames: hosts }
      const answer = await succeeds(target, certificates.replace, { params, body })
      const { id, name, fingerprint } = result
      holds(answer.result, { id, name, fingerprint, associated_hostnames: hosts }, 'it')
    },
  }),
  writing(certificates.delete, 'while a host has it', {
    title: 'a certificate with host names is not deleted; without them it is',
    evidence: 'recorded',
    source: ['api-mtls-certificate-associated'],
    async run(target) {
      const { params } = await certificate(target)
      const { message } = await refuses(target, certificates.delete, 'conflict', { params })
      same(message, 'access.api.error.conflict: certificate has active associations', 'message')
      await succeeds(target, certificates.get, { params })
    },
  }),
  reading(certificateSettings.get, 'a list', {
    title: 'the settings are a list, under the account and under the zone',
    async run(target) {
      for (const zone of [false, true]) await succeeds(target, certificateSettings.get, { zone })
    },
  }),
  owning(certificateSettings.update, 'replaces', {
    title: 'the settings of a PUT take the place of those before, and an empty list clears them',
    evidence: 'assumed',
    source: ['api-mtls-hostname-settings-replaced'],
    async run(target) {
      const { result: before } = await succeeds(target, certificateSettings.get)
      const update = (settings: typeof before) =>
        succeeds(target, certificateSettings.update, { body: { settings } })
      target.cleanup(() => update(before))
      const rest = { china_network: false, client_certificate_forwarding: true }
      for (const _ of ['first', 'second']) {
        const settings = [{ hostname: hostName(target), ...rest }]
        same((await update(settings)).result, settings, 'answer')
        same((await succeeds(target, certificateSettings.get)).result, settings, 'settings')
      }
      await update([])
      same((await succeeds(target, certificateSettings.get)).result, [], 'settings')
    },
  }),
  owning<Endpoint>(certificateSettings.update, 'without a field', {
    title: 'an item has all three fields',
    refused: 'invalid_request',
    input: (target) => ({ body: { settings: [{ hostname: hostName(target) }] } }),
  }),
]
