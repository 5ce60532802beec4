/** Cases of bookmarks. */
import { api } from '../../../contracts/api/operations.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import type { Case } from '../case.ts'
import { reading, writing } from '../define.ts'
import { nobodysId } from '../guard.ts'

const { bookmarks } = api
const params = { bookmark_id: nobodysId }

export const bookmarkCases: readonly Case[] = [
  reading(bookmarks.list, 'a list', { title: 'the list is of bookmarks' }),
  reading(bookmarks.get, 'unknown', {
    title: 'a bookmark that does not exist is refused',
    refused: 'not_found',
    input: { params },
  }),
  writing<Endpoint>(bookmarks.create, 'an invalid body', {
    title: 'a name that is not a text is refused',
    refused: 'invalid_request',
    input: { params, body: { name: 5 } },
  }),
  writing(bookmarks.replace, 'unknown', {
    title: 'a bookmark that does not exist cannot be replaced',
    refused: 'not_found',
    input: { params, body: { name: 'x', domain: 'x.example.com' } },
  }),
  writing(bookmarks.delete, 'unknown', {
    title: 'a bookmark that does not exist cannot be deleted',
    refused: 'not_found',
    input: { params },
  }),
]
