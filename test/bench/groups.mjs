/** The write that rows measure: a group is replaced by the API. */
import { ask } from './processes.mjs'

const json = { 'content-type': 'application/json' }
const body = JSON.stringify({ name: 'staff', include: [{ email: { email: 'a@example.com' } }] })

/** The same bytes, for a peer that stores them. */
export const write = { method: 'PUT', headers: json, body }

/** A group of the account that the emulator starts with. */
export function groupOf({ pid, ready: { url, account_id: id, api_token } }) {
  return groupIn({ pid, url, id, api_token })
}

/** A group in each of so many other accounts. */
export function groupsOf({ pid, ready: { url } }, count) {
  return Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const account = { name: `account ${at}` }
      const options = { method: 'POST', headers: json, body: JSON.stringify(account) }
      const { id, api_token } = await made(`${url}/__access/accounts`, options)
      return groupIn({ pid, url, id, api_token })
    }),
  )
}

async function groupIn({ pid, url, id, api_token }) {
  const groups = `${url}/client/v4/accounts/${id}/access/groups`
  const headers = { ...json, authorization: `Bearer ${api_token}` }
  const { result } = await made(groups, { method: 'POST', headers, body })
  return { url: `${groups}/${result.id}`, pid, method: 'PUT', headers, body }
}

async function made(url, options) {
  const answer = await ask(url, options)
  if (answer.status >= 300) throw new Error(`${url}: ${answer.status} ${answer.body}`)
  return JSON.parse(answer.body)
}
