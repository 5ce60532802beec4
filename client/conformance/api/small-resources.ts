/** Cases of bookmarks, the SSH certificate authority of an account, and grants to federate, as far as they only read. */
import { api } from '../../../contracts/api/operations.ts'
import { refuses, succeeds } from '../api-answer.ts'
import type { Case } from '../case.ts'
import { casesOf } from '../define.ts'
import { nobodysHex, nobodysId } from '../guard.ts'

const { bookmarks, gatewayCas, idpFederationGrants } = api

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
]
