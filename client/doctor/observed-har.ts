/** A HAR as messages of the doctor. */
import { exchangesFrom } from '../../contracts/recording/har.ts'
import type { Message } from './message.ts'

/** Empty where the value is no HAR. */
export function harMessages(value: unknown): readonly Message[] {
  const exchanges = exchangesFrom(value) ?? []
  return exchanges
    .filter(({ url }) => URL.canParse(url))
    .map(({ method, url, headers, answer }) => ({
      method,
      url,
      request: headers,
      status: answer !== undefined && isFinal(answer.status) ? answer.status : null,
      answer: answer?.headers ?? [],
      body: answer?.body ?? '',
    }))
}

function isFinal(status: number): boolean {
  return status >= 200 && status <= 599
}
