/** SAML certificate sets, from the identity provider that they are created for. */
import { X509Certificate } from 'node:crypto'
import { BadRequestError, NotFoundError } from 'cloudflare'
import { expect } from 'vitest'
import { everyItem, type LifeCycle, present } from '../official-client.ts'

const config = { sso_target_url: 'https://idp.example/sso', issuer_url: 'https://idp.example' }

export const samlLifeCycles: readonly LifeCycle[] = [
  {
    title: 'the SAML certificate set of an identity provider',
    async drive({ client, account_id }) {
      const { identityProviders, access } = client.zeroTrust
      const { samlCertificates } = access
      const saml = { account_id, type: 'saml' as const, name: 'SAML', config }
      const provider = await identityProviders.create(saml)
      const id = present(provider.id)
      const made = await identityProviders.samlCertificate.create(id, { account_id })
      const first = new X509Certificate(present(made.current_certificate).public_certificate)
      expect(first.verify(first.publicKey)).toBe(true)
      expect(first.publicKey.asymmetricKeyType).toBe('rsa')
      const { not_after } = present(made.current_certificate)
      expect(Date.parse(first.validTo)).toBe(Date.parse(not_after))
      expect(made.previous_certificate).toBeNull()
      // Again, it is the same set.
      expect(await identityProviders.samlCertificate.create(id, { account_id })).toEqual(made)
      const uid = made.uid
      expect(await identityProviders.get(id, { account_id })).toMatchObject({
        saml_certificate_set_id: uid,
        saml_certificate_set: { uid },
      })
      const pem = await (await samlCertificates.getPem(uid, { account_id })).text()
      expect(pem).toBe(made.current_certificate?.public_certificate)

      const rotated = await samlCertificates.rotate(uid, { account_id })
      const second = new X509Certificate(present(rotated.current_certificate).public_certificate)
      expect(second.serialNumber).not.toBe(first.serialNumber)
      expect(rotated.previous_certificate).toEqual({
        ...made.current_certificate,
        is_current: false,
      })
      expect(await samlCertificates.get(uid, { account_id })).toEqual(rotated)
      expect(await everyItem(samlCertificates.list({ account_id }))).toEqual([rotated])
      const nobody = '01234567-89ab-4cde-8f01-23456789abcd'
      const filtered = (filter: string) =>
        everyItem(samlCertificates.list({ account_id, id: filter }))
      expect(await filtered(`${nobody},${uid}`)).toEqual([rotated])
      expect(await filtered(nobody)).toEqual([])

      const encrypted = { ...config, enable_encryption: true }
      const named = { ...saml, config: encrypted, saml_certificate_set_id: uid }
      expect(await identityProviders.update(id, named)).toMatchObject({
        saml_certificate_set: { uid },
      })
      const other = { ...saml, saml_certificate_set_id: nobody }
      await expect(identityProviders.update(id, other)).rejects.toThrow(/saml_certificate_set_id/)
      for (const refused of [
        () => samlCertificates.get(nobody, { account_id }),
        () => samlCertificates.rotate(nobody, { account_id }),
        () => identityProviders.samlCertificate.create(nobody, { account_id }),
      ]) {
        await expect(refused()).rejects.toThrow(NotFoundError)
      }
      const github = await identityProviders.create({
        account_id,
        type: 'github',
        name: 'GitHub',
        config: {},
      })
      const none = identityProviders.samlCertificate.create(present(github.id), { account_id })
      await expect(none).rejects.toThrow(BadRequestError)
    },
  },
]
