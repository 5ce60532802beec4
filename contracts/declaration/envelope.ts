/** Cloudflare's v4 envelope (api-envelope). */
import { z } from 'zod'
import { once } from './endpoint.ts'

/** Live lists have all five numbers (api-list-numbers); those of targets lack the last (api-target-list). */
export const resultInfo = once(() =>
  z.object({
    page: z.number().int().min(1),
    per_page: z.number().int().min(1),
    count: z.number().int().min(0),
    total_count: z.number().int().min(0),
    total_pages: z.number().int().min(0).optional(),
  }),
)
export type ResultInfo = z.output<ReturnType<typeof resultInfo>>

export const notice = once(() => z.looseObject({ code: z.number().int(), message: z.string() }))
export type Notice = z.output<ReturnType<typeof notice>>

/** The success envelope around any result. */
export const success = once(() =>
  z.looseObject({
    result: z.unknown(),
    success: z.literal(true),
    errors: z.array(notice()),
    messages: z.array(notice()),
    result_info: resultInfo().optional(),
  }),
)

/** The failure envelope; the gateway in front of Access omits `result` and `messages` (api-credentials-missing). */
export const failureEnvelope = once(() =>
  z.looseObject({
    success: z.literal(false),
    errors: z
      .array(
        z.looseObject({
          code: z.number().int(),
          message: z.string(),
          error_chain: z.array(notice()).optional(),
        }),
      )
      .min(1),
    messages: z.array(notice()).optional(),
    result: z.unknown().optional(),
  }),
)
