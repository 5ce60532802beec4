/** The organization's `login_design` on the pages of a login. */
import { expect, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import { type EdgeFixture, edgeFixture, hosts } from '../applications.ts'
import { browser } from './browser.ts'
import { addProvider, askedForPin, opened, standIn, stranger } from './person.ts'

const wiki = `https://${hosts.P}/`
const designed = (edge: EdgeFixture, login_design: object) =>
  edge.api(api.organizations.patch, { body: { login_design } })

test('is on every page of the login, and the logo is the only image', async () => {
  const edge = await edgeFixture()
  await addProvider(edge, 'okta', 'Okta')
  const before = await opened(browser(edge.emulator), wiki)
  await designed(edge, {
    background_color: '#102030',
    text_color: '#f0f0f0',
    header_text: 'Machines & Co.',
    footer_text: 'Call 1234.',
    logo_path: 'https://cdn.example.org/logo.png',
  })
  const person = browser(edge.emulator)
  const pin = await askedForPin(person, wiki)
  const other = await standIn(person, wiki, 'Okta')
  const pages = [
    await opened(person, wiki),
    pin,
    other,
    await person.submit(other, { email: stranger }),
    await person.submit(pin, { code: '000000' }),
  ]
  for (const { text, headers } of pages) {
    expect(text).toMatch(/<img src="https:\/\/cdn\.example\.org\/logo\.png".*Machines &amp; Co\./)
    expect(text).toContain('<p class="design end">Call 1234.</p>')
    expect(text).toContain('body{background:#102030}')
    expect(text).toContain('.design,body>footer{color:#f0f0f0}')
    expect(headers.get('content-security-policy')).toMatch(/; img-src https:\/\/cdn\.example\.org$/)
  }
  await designed(edge, {})
  const after = await opened(browser(edge.emulator), wiki)
  const shape = ({ text }: { text: string }) => text.replaceAll(/meta=[^&"]*/g, '')
  expect(shape(after)).toBe(shape(before))
  expect(after.headers.get('content-security-policy')).toBe(
    before.headers.get('content-security-policy'),
  )
})

test('has a text that is legible on its colour, where it sets none', async () => {
  const edge = await edgeFixture()
  for (const [background_color, ink] of [
    ['#000', '#fff'],
    ['#123456', '#fff'],
    ['#c5ed1b', '#000'],
    ['#FFF', '#000'],
  ]) {
    await designed(edge, { background_color })
    const { text } = await opened(browser(edge.emulator), wiki)
    expect(text).toContain(`.design,body>footer{color:${ink}}`)
  }
})

test('is text, colours and https alone', async () => {
  const edge = await edgeFixture()
  const before = await opened(browser(edge.emulator), wiki)
  await designed(edge, {
    background_color: '#fff}</style><script>alert(1)</script>',
    text_color: 'red;background:url(https://spy.example.org)',
    logo_path: 'javascript:alert(1)',
  })
  const after = await opened(browser(edge.emulator), wiki)
  expect(after.text).toBe(before.text)
  await designed(edge, {
    header_text: '<script>alert(1)</script>',
    footer_text: '"><img src=x onerror=alert(1)>',
    logo_path: 'https://cdn.example.org/a.png"onerror="alert(1)',
  })
  const { text } = await opened(browser(edge.emulator), wiki)
  expect(text).not.toContain('<script>alert')
  expect(text).not.toContain('<img src=x')
  expect(text).not.toContain('"onerror=')
})
