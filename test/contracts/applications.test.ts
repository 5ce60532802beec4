/** Invalid bodies of applications, policies and service tokens, with Cloudflare's error messages. */
import { describe, expect, test } from 'vitest'
import { applicationProblem } from '../../contracts/api/application-problems.ts'
import { applicationDefaults, applicationTypes } from '../../contracts/api/application-types.ts'
import { application, applicationBody } from '../../contracts/api/applications.ts'
import { isRecordedDetail } from '../../contracts/api/details.ts'
import { policyBody, reusablePolicies } from '../../contracts/api/policies.ts'
import { serviceTokenBody } from '../../contracts/api/service-tokens.ts'
import { tagBody } from '../../contracts/api/tags.ts'
import { recordedExamples } from './official-document.ts'

const policyExample = reusablePolicies.example

const hosted = { type: 'self_hosted', domain: 'a.example.com' }

describe('a body of an application', () => {
  test.each([
    ['a self-hosted one', hosted, undefined],
    [
      'one by destinations alone',
      { type: 'self_hosted', destinations: [{ uri: 'a.example.com' }] },
      undefined,
    ],
    ['one without a place', { type: 'self_hosted' }, 'domain is a required field'],
    ['VNC without a place', { type: 'vnc', destinations: [] }, 'domain is a required field'],
    ['a bookmark without a place', { type: 'bookmark' }, undefined],
    [
      'a domain that is not a destination',
      { ...hosted, destinations: [{ type: 'public', uri: 'b.example.com' }] },
      'domain not included in destinations',
    ],
    [
      'a domain that is a destination',
      {
        ...hosted,
        destinations: [{ uri: 'b.example.com' }, { uri: 'a.example.com' }],
        self_hosted_domains: ['c.example.com'],
      },
      undefined,
    ],
    [
      'a Worker as destination',
      { type: 'self_hosted', destinations: [{ type: 'worker', worker_id: 'w' }] },
      undefined,
    ],
    [
      'a Worker without id',
      { type: 'self_hosted', destinations: [{ type: 'preview_worker' }] },
      'worker_id is a required field of a worker destination',
    ],
    [
      'infrastructure without targets',
      { type: 'infrastructure' },
      'target_criteria is a required field',
    ],
    ['RDP without targets', { ...hosted, type: 'rdp' }, 'target_criteria is a required field'],
    [
      'infrastructure with a session',
      {
        type: 'infrastructure',
        session_duration: '1h',
        target_criteria: [{ port: 22, target_attributes: {} }],
      },
      'session_duration cannot be set for an infrastructure application',
    ],
    [
      'a redirect to one of two providers',
      { ...hosted, auto_redirect_to_identity: true, allowed_idps: ['a', 'b'] },
      'auto_redirect_to_identity needs exactly one of allowed_idps',
    ],
    [
      'a bypassed preflight with CORS headers',
      { ...hosted, options_preflight_bypass: true, cors_headers: {} },
      'options_preflight_bypass cannot be set together with cors_headers',
    ],
    [
      'OAuth below a path',
      { ...hosted, domain: 'a.example.com/x', oauth_configuration: { enabled: true } },
      'domain can not have a path if oauth is configured',
    ],
    [
      'OAuth turned off below a path',
      { ...hosted, domain: 'a.example.com/x', oauth_configuration: { enabled: false } },
      undefined,
    ],
    [
      'equal precedences',
      {
        ...hosted,
        policies: [
          { ...policyExample, precedence: 1 },
          { ...policyExample, precedence: 1 },
        ],
      },
      'policy precedences must be unique',
    ],
    ['policies left as they are', { ...hosted, policies: null }, undefined],
  ])('%s', (_, body, problem) => {
    expect(applicationProblem(applicationBody().parse(body))).toBe(problem)
  })

  test('takes policies by id, by link, and whole', () => {
    const id = 'f1a2b3c4-5d6e-4f70-8a91-b2c3d4e5f607'
    const policies = [id, { id, precedence: 2 }, policyExample]
    expect(applicationBody().parse({ ...hosted, policies }).policies).toEqual([
      id,
      { id, precedence: 2 },
      { ...policyExample, exclude: [], require: [] },
    ])
  })

  test('keeps fields that no contract names', () => {
    expect(applicationBody().parse({ ...hosted, made_up: 1 })).toEqual({ ...hosted, made_up: 1 })
  })

  test('has defaults that an application of each type may carry', () => {
    const known = Object.keys(application().shape)
    for (const type of applicationTypes) {
      expect(known).toEqual(expect.arrayContaining(Object.keys(applicationDefaults(type))))
    }
  })

  test('gets the defaults that a recorded self-hosted application shows', () => {
    const [created] = recordedExamples()
    expect(created?.body.result).toMatchObject(applicationDefaults('self_hosted'))
  })
})

describe('a schema speaks the recorded detail of', () => {
  test.each([
    ['an empty application', applicationBody(), {}, 'app type is missing or invalid'],
    [
      'an unknown application type',
      applicationBody(),
      { type: 'web' },
      'app type is missing or invalid',
    ],
    [
      'an unknown decision',
      policyBody(),
      { ...policyExample, decision: 'admit' },
      'decision value must be one of: ["allow" "deny" "non_identity" "bypass"]',
    ],
    [
      'a long tag',
      tagBody(),
      { name: 'x'.repeat(36) },
      'name must be a maximum of 35 characters in length',
    ],
  ])('%s', (_, schema, body, detail) => {
    expect(schema.safeParse(body).error?.issues[0]?.message).toBe(detail)
    expect(isRecordedDetail(detail)).toBe(true)
  })

  test('an inline policy with an unknown decision, at its place', () => {
    const policies = [{ ...policyExample, decision: 'admit' }]
    expect(applicationBody().safeParse({ ...hosted, policies }).error?.issues[0]).toMatchObject({
      path: ['policies', 0],
      message: expect.stringContaining('decision value must be one of'),
    })
  })
})

describe('the duration of a service token', () => {
  test.each(['8760h', '60m', '1h30m', 'forever'])('may be %s', (duration) => {
    expect(serviceTokenBody().safeParse({ name: 'ci', duration }).success).toBe(true)
  })
  test.each(['1d', '', 'never', '24'])('may not be "%s"', (duration) => {
    expect(serviceTokenBody().safeParse({ name: 'ci', duration }).success).toBe(false)
  })
})
