/** Cases of bookmarks. */
import { api } from '../../../contracts/api/operations.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import { refuses, succeeds } from '../api-answer.ts'
import type { Case } from '../case.ts'
import { casesOf } from '../define.ts'
import { nobodysId } from '../guard.ts'

const { bookmarks } = api
const needs = ['write'] as const

export const bookmarkCases: readonly Case[] = [
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
]
