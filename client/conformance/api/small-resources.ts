/** Cases of bookmarks, the SSH certificate authority of an account, and grants to federate with identity providers. */
import { api } from '../../../contracts/api/operations.ts'
import type { Endpoint } from '../../../contracts/endpoint.ts'
import { call, refuses, succeeds } from '../api-answer.ts'
import type { Case } from '../case.ts'
import { casesOf } from '../define.ts'
import { same } from '../difference.ts'
import { nobodysHex, nobodysId } from '../guard.ts'

const { bookmarks, gatewayCas, idpFederationGrants } = api
const needs = ['write'] as const

export const smallResourceCases: readonly Case[] = [
  ...casesOf(bookmarks.list, {
    'a list': {
      title: 'the list is of bookmarks',
      async run(target) {
        await succeeds(target, bookmarks.list)
      },
    },
  }),
  ...casesOf(bookmarks.get, {
    unknown: {
      title: 'a bookmark that does not exist is refused',
      async run(target) {
        const params = { bookmark_id: nobodysId }
        await refuses(target, bookmarks.get, 'not_found', { params })
      },
    },
  }),
  ...casesOf(gatewayCas.list, {
    'a list': {
      title: 'the list is of SSH certificate authorities',
      async run(target) {
        await succeeds(target, gatewayCas.list)
      },
    },
  }),
  ...casesOf(idpFederationGrants.list, {
    'a list': {
      title: 'the list is of grants',
      async run(target) {
        await succeeds(target, idpFederationGrants.list)
      },
    },
  }),
  ...casesOf(idpFederationGrants.get, {
    unknown: {
      title: 'a grant that does not exist is refused',
      async run(target) {
        const params = { idp_federation_grant_id: nobodysHex }
        await refuses(target, idpFederationGrants.get, 'not_found', { params })
      },
    },
  }),
  ...casesOf(bookmarks.create, {
    'an invalid body': {
      title: 'a name that is not a text is refused',
      needs,
      async run(target) {
        const params = { bookmark_id: nobodysId }
        const body = { name: 5 }
        await refuses<Endpoint>(target, bookmarks.create, 'invalid_request', { params, body })
      },
    },
  }),
  ...casesOf(bookmarks.replace, {
    unknown: {
      title: 'a bookmark that does not exist cannot be replaced',
      needs,
      async run(target) {
        const params = { bookmark_id: nobodysId }
        const body = { name: 'x', domain: 'x.example.com' }
        await refuses(target, bookmarks.replace, 'not_found', { params, body })
      },
    },
  }),
  ...casesOf(bookmarks.delete, {
    unknown: {
      title: 'a bookmark that does not exist cannot be deleted',
      needs,
      async run(target) {
        const params = { bookmark_id: nobodysId }
        await refuses(target, bookmarks.delete, 'not_found', { params })
      },
    },
  }),
  ...casesOf(gatewayCas.delete, {
    unknown: {
      title: 'an SSH certificate authority that does not exist cannot be deleted',
      needs,
      async run(target) {
        const params = { gateway_ca_id: nobodysId }
        await refuses(target, gatewayCas.delete, 'not_found', { params })
      },
    },
  }),
  ...casesOf(idpFederationGrants.create, {
    'no provider': {
      title: 'a grant without an identity provider is refused',
      needs,
      async run(target) {
        await refuses<Endpoint>(target, idpFederationGrants.create, 'invalid_request', { body: {} })
      },
    },
  }),
  ...casesOf(idpFederationGrants.delete, {
    unknown: {
      title: 'a grant that does not exist cannot be deleted',
      needs,
      async run(target) {
        const params = { idp_federation_grant_id: nobodysHex }
        await refuses(target, idpFederationGrants.delete, 'not_found', { params })
      },
    },
  }),
  ...casesOf(gatewayCas.create, {
    'as listed': {
      title: 'a new SSH certificate authority is listed as it was created',
      needs,
      async run(target) {
        const { result: made } = await succeeds(target, gatewayCas.create)
        target.cleanup(() =>
          call(target, gatewayCas.delete, { params: { gateway_ca_id: made.id } }),
        )
        const { result: all } = await succeeds(target, gatewayCas.list)
        same(
          all.find(({ id }) => id === made.id),
          made,
          'what the list holds of it',
        )
      },
    },
  }),
]
