/**
 * API tokens: which operations a caller may use (api-token-shape). An account has one that may do everything; seeds and the
 * emulator's control API make others.
 */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { hex32 } from '../declaration/primitives.ts'

/** Who owns it: each kind is verified at a path of its own (api-token-of-account). */
export const apiTokenKinds = ['account', 'user'] as const
export type ApiTokenKind = (typeof apiTokenKinds)[number]

export const apiTokenStatuses = ['active', 'disabled', 'expired'] as const

/** Names of resources, as they begin in Cloudflare's policies; `*` in place of an id stands for any. */
export const resourceNames = {
  account: 'com.cloudflare.api.account.',
  zone: 'com.cloudflare.api.account.zone.',
} as const

/** Single objects of Access, and the path parameter that names one (api-granular-lists, api-granular-resources). */
export const granularResources = {
  app_id: 'com.cloudflare.api.account.access.app.',
  policy_id: 'com.cloudflare.api.account.access.policy.',
  service_token_id: 'com.cloudflare.api.account.access.service_token.',
  identity_provider_id: 'com.cloudflare.api.account.access.identity_provider.',
} as const
export type GranularParameter = keyof typeof granularResources

/** The dashboard says "Edit" where the API's names end in "Write". */
const groupName = once(() =>
  z
    .string()
    .min(1)
    .regex(
      /^(?!.*: .* Edit$)/,
      'must end in Read or Write: "Edit" is how the dashboard says Write',
    ),
)

const policy = once(() =>
  z.strictObject({
    id: z.string().optional(),
    effect: z.enum(['allow', 'deny']).default('allow'),
    permission_groups: z
      .array(z.looseObject({ id: z.string().optional(), name: groupName() }))
      .min(1),
    /** Default: the account. Zones are resources of their own. */
    resources: z
      .record(
        z.string().regex(/^com\.cloudflare\./, 'must begin with "com.cloudflare."'),
        z.union([z.literal('*'), z.record(z.string(), z.literal('*'))]),
      )
      .optional(),
  }),
)
export type ApiTokenPolicy = z.output<ReturnType<typeof policy>>

const ranges = once(() =>
  z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'must be an address or a range')),
)

const settings = once(() => ({
  name: z.string().min(1).max(120),
  kind: z.enum(apiTokenKinds).default('user'),
  status: z.enum(apiTokenStatuses).default('active'),
  policies: z.array(policy()).min(1),
  condition: z
    .strictObject({
      request_ip: z
        .strictObject({ in: ranges().optional(), not_in: ranges().optional() })
        .optional(),
    })
    .optional(),
  not_before: z.iso.datetime({ offset: true }).optional(),
  expires_on: z.iso.datetime({ offset: true }).optional(),
}))

/** What a seed or the control API makes one from. */
export const apiTokenBody = once(() =>
  z.strictObject({
    id: hex32().optional(),
    ...settings(),
    /** Default: a value of its own, in the current format (api-token-value). */
    value: z
      .string()
      .regex(/^[A-Za-z0-9_.~+/=-]{8,}$/, 'must be 8 or more letters, digits and _.~+/=-')
      .optional(),
  }),
)
export type ApiTokenBody = z.output<ReturnType<typeof apiTokenBody>>

/** Without the value, which only its creation shows. */
export const apiToken = once(() =>
  z.strictObject({
    id: hex32(),
    ...settings(),
    issued_on: z.iso.datetime(),
  }),
)
export type ApiToken = z.output<ReturnType<typeof apiToken>>
