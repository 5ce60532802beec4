/** Cases of client certificates at the gate. Live, they need an account that may upload CAs. */

import { certificates as declared } from '../../../contracts/api/certificates.ts'
import type { PolicyBody } from '../../../contracts/api/policies.ts'
import { certificate } from '../api/certificates.ts'
import { allowPeople, application, hostName, peopleDomain, urlOf } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { atEdge } from '../define.ts'
import { device, deviceCa } from '../device.ts'
import { holds, present, same } from '../difference.ts'
import { ask } from '../edge-answer.ts'

const gate = { id: 'gate', evidence: 'documented', source: ['edge-mtls-hosts'] } as const

const rules = (include: PolicyBody['include']): PolicyBody => ({
  name: 'Devices',
  decision: 'non_identity',
  include,
  exclude: [],
  require: [],
})

/** An application whose host has a CA, and how to ask it with the device's certificate and without one. */
async function guarded(target: CaseTarget, policy: PolicyBody, ca = deviceCa) {
  const domain = hostName(target)
  await certificate(target, [domain], ca)
  const url = urlOf(await application(target, { domain, policies: [policy] }))
  await target.settle()
  const fetch = present(target.presenting, 'presenting')(device())
  return { withDevice: () => ask({ fetch }, url), without: () => ask(target, url) }
}

export const clientCertificateCases: readonly Case[] = [
  atEdge(gate, 'a client certificate', {
    title: 'a certificate of the CA of the host opens an application that asks for one',
    needs: ['certificate'],
    async run(target) {
      const { withDevice, without } = await guarded(target, rules([{ certificate: {} }]))
      same((await without()).kind, 'blocked', 'without a certificate')
      same((await withDevice()).kind === 'blocked', false, 'whether the device is blocked')
    },
  }),
  atEdge(gate, 'a common name', {
    title: 'a rule about the common name admits that certificate and no other',
    needs: ['certificate'],
    async run(target) {
      for (const [common_name, isBlocked] of [
        ['device-1', false],
        ['device-2', true],
      ] as const) {
        const { withDevice } = await guarded(target, rules([{ common_name: { common_name } }]))
        same((await withDevice()).kind === 'blocked', isBlocked, `whether ${common_name} is asked`)
      }
    },
  }),
  atEdge(gate, 'a certificate of another CA', {
    title: 'a certificate that the CA of the host did not issue counts as none',
    needs: ['certificate'],
    async run(target) {
      const policy = rules([{ certificate: {} }])
      const { withDevice } = await guarded(target, policy, declared.example.certificate)
      same((await withDevice()).kind, 'blocked', 'with a certificate of another CA')
    },
  }),
  atEdge(gate, 'a person with a certificate', {
    title: 'a certificate that a policy requires is checked before the login, which learns of it',
    needs: ['certificate'],
    evidence: 'assumed',
    source: ['edge-mtls-login', 'edge-mtls-meta'],
    async run(target) {
      const policy = { ...allowPeople(peopleDomain), require: [{ certificate: {} }] }
      const { withDevice, without } = await guarded(target, policy)
      same((await without()).kind, 'blocked', 'without a certificate')
      const { kind, meta } = await withDevice()
      same(kind, 'login', 'with a certificate')
      const auth = { cert_presented: true, common_name: 'device-1', auth_status: 'SUCCESS' }
      holds(meta?.mtls_auth, auth, 'mtls_auth')
    },
  }),
]
