/** The page of API tokens: how to make one, how it is refused, and the permission groups of every operation. */
import { granularResources } from '../../contracts/api/api-tokens.ts'
import { operations, pathsOf } from '../../contracts/api/operations.ts'
import { permissionAt } from '../../contracts/api/permissions.ts'
import { apiErrors } from '../../contracts/errors/errors.ts'
import { code, generated, gradesList, table } from './markdown.ts'

const rows = operations
  .flatMap((endpoint) => pathsOf(endpoint).map((path) => ({ method: endpoint.method, path })))
  .toSorted((a, b) => (`${a.path} ${a.method}` < `${b.path} ${b.method}` ? -1 : 1))

const refusals = [
  ['it has not the permission, or only on another account or zone', 'permission_missing'],
  ['it is disabled', 'api_token_disabled'],
  ['`expires_on` has passed', 'api_token_expired'],
  ['`not_before` is to come', 'api_token_not_yet_valid'],
  ['`request_ip` excludes the address', 'api_token_location'],
  ['it belongs to an account and calls `GET /accounts`', 'account_token_lists_accounts'],
  ['it belongs to an account and calls `GET /user`', 'account_token_without_user'],
  ['it belongs to an account and calls `GET /memberships`', 'account_token_without_memberships'],
] as const

function permissionsTable(): string {
  return table(
    ['Operation', 'Any one of these groups suffices', 'Evidence'],
    rows.map(({ method, path }) => {
      const { groups, evidence } = permissionAt(method, path)
      const names = groups.length === 0 ? 'any token' : groups.join('<br>')
      return [code(`${method} ${path}`), names, code(evidence)]
    }),
  )
}

export function permissionsPage(): string {
  return `${generated}

# API tokens and their permissions

The \`api_token\` of an account may do everything. To see what your program does with less, give the account further tokens:
in a seed,

\`\`\`yaml
accounts:
  - name: Example account
    api_tokens:
      - name: ci
        kind: account          # or user (the default): each is verified at a path of its own
        policies:
          - permission_groups:
              - name: 'Access: Apps and Policies Read'
            resources:         # default: this account
              com.cloudflare.api.account.*: '*'
              com.cloudflare.api.account.zone.*: '*'
        expires_on: 2027-01-01T00:00:00Z
        condition:
          request_ip:
            not_in: [192.0.2.0/24]
\`\`\`

or in a running emulator:

\`\`\`sh
curl http://127.0.0.1:7788/__access/tokens -H 'content-type: application/json' -d '{
  "name": "ci", "policies": [{ "permission_groups": [{ "name": "Access: Apps and Policies Read" }] }] }'
\`\`\`

The fields are those of Cloudflare's own API of tokens, with the names of permission groups in place of their ids, and
\`kind\`, which Cloudflare has in its paths. The answer is the only one that shows the \`value\`; \`GET /__access/seed\` has that
of a token whose seed gives none. \`GET /__access/tokens\` lists them, \`DELETE /__access/tokens?token=NAME\` removes one.
\`access-client import --from FILE\` takes them over from a saved answer of \`GET /accounts/{account_id}/tokens\` or
\`GET /user/tokens\`, without their values. A program gets one in place of the token that may do everything with
\`access-emulator run --seed FILE --env CLOUDFLARE_API_TOKEN=api_tokens.0.value -- COMMAND\`.
An address is that of the connection, unless a request from this machine states another in \`access-emulator-client-ip\`.

| refused because | answer |
| --- | --- |
${refusals
  .map(([why, name]) => {
    const { status, code: number, message, evidence } = apiErrors[name]
    return `| ${why} | ${status}, code ${number}, \`${message}\` (${evidence}) |`
  })
  .join('\n')}

A token without the permission gets \`Forbidden\` with a \`documentation_url\` instead, as other products answer since
2026-08-21, where the behaviour \`api.permission_missing\` is \`forbidden\`. The journal says which groups would do, and \`access-client doctor\` names them too. To refuse single operations to every token,
set the mode [\`api-permission-missing\`](modes/api-permission-missing.md):

\`\`\`sh
npx access-emulator modes api-permission-missing --set --target operation=tags.create
npx access-emulator modes api-permission-missing --set --target 'permission=Access: Apps and Policies Write'
\`\`\`

## Permission groups

A group counts on the resources of its policy: the account for a path below \`/accounts\`, the zone for one below \`/zones\`.
A policy may also name single objects: ${Object.values(granularResources)
    .map((name) => code(`${name}<id>`))
    .join(', ')}.
Such a token lists and changes these alone (behaviour \`api.granular_lists\`; the names of these resources are assumed).
\`assumed\` is said of groups that the official document does not name.

${permissionsTable()}

${gradesList}
`
}
