/** Templates of custom pages: what the API checks before it stores one, and what it says of them. */
import { describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { createEmulator } from '../../emulator/index.ts'
import { team, useApi } from '../support/api.ts'

const api = useApi()

const { create, get, list, replace, validate } = contract.customPages
const authbox = '<cf-access-authbox></cf-access-authbox>'
const approval = '<cf-access-cli-approval></cf-access-cli-approval>'
const login = { name: 'Login', type: 'login', contract_version: 1, custom_html: authbox } as const

const verdict = (template: string, type: string = 'login', version?: number) =>
  api.ok(validate, {
    body: { type, template, ...(version === undefined ? {} : { version }) } as never,
  })
const errorsOf = async (template: string, type?: string) => (await verdict(template, type)).errors

test('a template is stored with its version, and only GET shows its HTML', async () => {
  const made = await api.ok(create, { body: login })
  const shown = {
    uid: expect.any(String),
    name: 'Login',
    type: 'login',
    contract_version: 1,
    app_count: 0,
    created_at: '2026-01-02T03:04:05Z',
    updated_at: '2026-01-02T03:04:05Z',
  }
  expect(made).toEqual(shown)
  expect(await api.ok(list)).toEqual([shown])
  const params = { custom_page_id: made.uid }
  expect(await api.ok(get, { params })).toEqual({ ...shown, custom_html: authbox })
  const plain = { name: 'Plain', type: 'forbidden', custom_html: '{% if %}' } as const
  expect(await api.ok(replace, { params, body: plain })).not.toHaveProperty('contract_version')
})

test('validate says what is wrong and stores nothing', async () => {
  expect(await verdict(authbox)).toEqual({
    page_type: 'login',
    version: 1,
    errors: [],
    warnings: [],
  })
  expect(await verdict('{% if x %}')).toEqual({
    page_type: 'login',
    version: 1,
    errors: [{ tier: 'liquid', message: 'tag {% if x %} not closed', ref: 'line 1, column 1' }],
    warnings: [],
  })
  expect(await api.ok(list)).toEqual([])
  const invalid = { body: { type: 'other', template: 'x' } as never }
  expect(await api.refused(validate, invalid)).toMatchObject({ status: 400 })
})

test.each([
  ['create', 'Liquid that does not parse', { custom_html: `${authbox}{% nonsense %}` }],
  ['create', 'no control', { custom_html: '<h1>Hello</h1>' }],
  ['create', 'a login page without a version', { contract_version: 0 }],
  ['create', 'a version that is not known', { contract_version: 2 }],
  ['replace', 'Liquid that does not parse', { custom_html: `${authbox}{{ 1 | nonsense }}` }],
  ['replace', 'no control', { custom_html: 'x' }],
] as const)(
  '%s is refused with the verdict before anything changes: %s',
  async (way, _, fields) => {
    const before = way === 'create' ? undefined : await api.ok(create, { body: login })
    const body = { ...login, name: 'Other', ...fields }
    const answer =
      before === undefined
        ? await api.call(create, { body })
        : await api.call(replace, { params: { custom_page_id: before.uid }, body })
    expect(answer.status).toBe(422)
    expect(answer.body).toEqual({
      result: {
        page_type: 'login',
        version: body.contract_version,
        errors: [
          expect.objectContaining({ tier: expect.any(String), message: expect.any(String) }),
        ],
        warnings: expect.any(Array),
      },
      success: true,
      errors: [],
      messages: [],
    })
    expect(await api.ok(list)).toEqual(before === undefined ? [] : [before])
  },
)

test('an unknown page is unknown before its template is looked at', async () => {
  const params = { custom_page_id: '6ba7b810-9dad-41d1-80b4-00c04fd430c8' }
  const body = { ...login, custom_html: '{% if %}' }
  expect(await api.refused(replace, { params, body })).toMatchObject({ status: 404, code: 12135 })
})

test('warnings come with the page that was written, and are not stored', async () => {
  const custom_html = `<script>1</script><p onclick="x()">{{ app.name }} {{ ray }}</p>${authbox}`
  const made = await api.ok(create, { body: { ...login, custom_html } })
  expect(made.warnings?.map(({ tier, ref }) => [tier, ref])).toEqual([
    ['liquid', 'app'],
    ['liquid', 'ray'],
    ['html', '<script>'],
    ['html', '<p> with a script'],
  ])
  expect((await api.ok(list))[0]).not.toHaveProperty('warnings')
})

describe('the control of Access stands exactly once', () => {
  test.each([
    ['by itself', authbox],
    [
      'with attributes, in capitals, with white space',
      '<CF-Access-AuthBox class="a>b">\n</cf-access-authbox >',
    ],
    ['after one in a comment', `<!-- ${authbox} -->${authbox}`],
    ['after one in a script', `<script>"${authbox}"</script>${authbox}`],
    ['after one in an attribute', `<p title="${authbox}">${authbox}</p>`],
    ['after one in a template element', `<template>${authbox}</template>${authbox}`],
    ['beside one in a comment of Liquid', `{% comment %}${authbox}{% endcomment %}${authbox}`],
  ])('%s', async (_, template) => {
    expect(await errorsOf(template)).toEqual([])
  })

  test.each([
    ['twice', authbox + authbox],
    ['never', ''],
    ['in a comment alone', `<!-- ${authbox} -->`],
    ['in an unclosed comment', `<!-- ${authbox}`],
    ['in a title alone', `<title>${authbox}</title>`],
    ['with content', '<cf-access-authbox>x</cf-access-authbox>'],
    ['without its end tag', '<cf-access-authbox>'],
    ['under another name', '<cf-access-authbox-2></cf-access-authbox-2>'],
    ['as that of another type', approval],
    ['in a condition', `{% if true %}${authbox}{% endif %}`],
    ['in a loop of one', `{% for i in (1..1) %}${authbox}{% endfor %}`],
    ['in what Liquid writes', `{{ "${authbox}" }}`],
    ['in raw text', `{% raw %}${authbox}{% endraw %}`],
    [
      'once in the source, twice on the page',
      `{% capture a %}${authbox}{% endcapture %}{{ a }}${authbox}`,
    ],
    ['once in the source, never on the page', `{{ "<!--" }}${authbox}`],
  ])('not %s', async (_, template) => {
    expect(await errorsOf(template)).toEqual([
      expect.objectContaining({ tier: 'html', ref: 'cf-access-authbox' }),
    ])
  })

  test('in an interstitial page it is the approval; denials need none', async () => {
    expect(await errorsOf(approval, 'interstitial')).toEqual([])
    expect(await errorsOf(authbox, 'interstitial')).toHaveLength(1)
    expect(await errorsOf('<h1>No</h1>', 'identity_denied')).toEqual([])
    expect(await errorsOf('<h1>No</h1>', 'forbidden')).toEqual([])
  })
})

describe('a hostile template', () => {
  test.each([
    ['a file', '{% include "/etc/passwd" %}'],
    ['a file of a layout', '{% layout "x" %}'],
    ['a file to render', '{% render "./package.json" %}'],
    ['a filter that Liquid lacks', '{{ "x" | sample }}'],
    ['a filter by a name of JavaScript', '{{ "x" | constructor }}'],
    ['a tag by a name of JavaScript', '{% __proto__ %}'],
    ['a long loop', '{% for i in (1..1000000000) %}x{% endfor %}'],
    ['loops in loops', `${'{% for i in (1..1000) %}'.repeat(6)}x${'{% endfor %}'.repeat(6)}`],
    [
      'loops over one list, which take no memory',
      `{% assign a = "1,2,3,4,5,6,7,8,9,0" | split: "," %}${'{% for i in a %}'.repeat(12)}${'{% endfor %}'.repeat(12)}`,
    ],
    [
      'text that doubles',
      `{% assign a = "aaaaaaaa" %}${'{% assign a = a | append: a %}'.repeat(40)}{{ a }}`,
    ],
    ['a page that is too long', `{% for i in (1..2000) %}${'x'.repeat(2000)}{% endfor %}`],
    ['a template that is too long', 'x'.repeat(1_000_001)],
    ['tags in tags', '{% if true %}'.repeat(20_000)],
  ])('is refused: %s', async (_, template) => {
    const began = performance.now()
    expect(await errorsOf(template, 'forbidden')).toEqual([
      expect.objectContaining({ tier: 'liquid', message: expect.stringMatching(/\S/) }),
    ])
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(await errorsOf('still there', 'forbidden')).toEqual([])
  })

  test.each([
    ['{{ "x".constructor.constructor }}|{{ a.__proto__ }}|{{ "x".length }}'],
    ['{% assign constructor = "y" %}{{ __proto__.polluted }}{% assign __proto__ = "z" %}'],
  ])('reaches nothing of JavaScript: %s', async (template) => {
    expect(await errorsOf(template, 'forbidden')).toEqual([])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})

test('a seed with a template that is wrong is refused, and names its place', async () => {
  const seed = (custom_html: string) => ({
    accounts: [{ ...team, custom_pages: [{ ...login, custom_html }] }],
  })
  const good = await createEmulator({ seed: seed(authbox) })
  await good.close()
  await expect(createEmulator({ seed: seed('{% if x %}') })).rejects.toThrow(
    /custom_pages.*tag \{% if x %\} not closed/,
  )
})
