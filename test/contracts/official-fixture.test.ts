/** The fixture of the official document: what it keeps, what it omits, and where it comes from. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { stripDocument } from './strip-document.ts'

const fixture: { source: object } = JSON.parse(
  readFileSync(new URL('../fixtures/official-document.json', import.meta.url), 'utf8'),
)
const { source, ...pinned } = fixture

test('the fixture says what it was made from', () => {
  expect(source).toMatchObject({
    repository: 'https://github.com/cloudflare/api-schemas',
    commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    input_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test('the fixture has nothing left to strip', () => {
  expect(stripDocument(pinned)).toEqual(pinned)
})

describe('of a document', () => {
  const properties = {
    description: { type: 'string', description: 'A field of this name.', example: 'prose' },
    id: { $ref: '#/components/schemas/id' },
  }
  const operation = {
    operationId: 'list',
    summary: 'List apps',
    description: 'Lists all apps.',
    tags: ['Apps'],
    'x-api-token-group': ['Access: Apps and Policies Read'],
    'x-stainless-skip': true,
    parameters: [{ name: 'name', in: 'query', schema: { type: 'string', title: 'Name' } }],
    responses: {
      '4xx': {
        description: 'Failure',
        content: { 'application/json': { schema: { type: 'object', properties } } },
      },
    },
  }
  const stripped = stripDocument({
    info: { title: 'Prose' },
    paths: {
      '/accounts/{account_id}/access/apps': { get: operation },
      '/accounts/{account_id}/workers/scripts': { get: operation },
      '/zones': { get: operation, post: operation },
    },
    components: {
      schemas: { id: { type: 'string', description: 'An id.' }, unused: { type: 'string' } },
    },
  })

  test('the operations of Access are kept, and GET of what is around it', () => {
    const calls = Object.entries(stripped.paths).map(([path, item]) => [path, Object.keys(item)])
    expect(calls).toEqual([
      ['/accounts/{account_id}/access/apps', ['get']],
      ['/zones', ['get']],
    ])
  })

  test('names, types and permissions are kept, prose is not', () => {
    expect(stripped.paths['/zones']).toEqual({
      get: {
        operationId: 'list',
        'x-api-token-group': ['Access: Apps and Policies Read'],
        parameters: [{ name: 'name', in: 'query', schema: { type: 'string' } }],
        responses: {
          '4XX': {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: {
                    description: { type: 'string' },
                    id: { $ref: '#/components/schemas/id' },
                  },
                },
              },
            },
          },
        },
      },
    })
  })

  test('of the components, those that an operation reaches', () => {
    expect(stripped.components).toEqual({ parameters: {}, schemas: { id: { type: 'string' } } })
  })
})
