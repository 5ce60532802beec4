/** The package's entry point `./contracts`: everything on the wire, for tests and clients of your own. */

export * from './api/access-logs.ts'
export * from './api/accounts.ts'
export * from './api/api-tokens.ts'
export * from './api/application-problems.ts'
export * from './api/application-types.ts'
export * from './api/applications.ts'
export * from './api/destinations.ts'
export * from './api/details.ts'
export * from './api/dns-records.ts'
export * from './api/groups.ts'
export * from './api/identity-providers.ts'
export * from './api/keys.ts'
export * from './api/not-built.ts'
export * from './api/oauth-configuration.ts'
export * from './api/oidc-application.ts'
export * from './api/openapi.ts'
export * from './api/operations.ts'
export * from './api/organization.ts'
export * from './api/permissions.ts'
export * from './api/policies.ts'
export * from './api/policy-items.ts'
export * from './api/rules.ts'
export * from './api/service-tokens.ts'
export * from './api/tags.ts'
export * from './api/token-verify.ts'
export * from './api/worker-routes.ts'
export * from './api/zones.ts'
export * from './behaviours/table.ts'
export * from './control/advice.ts'
export * from './control/endpoints.ts'
export * from './control/faults.ts'
export * from './control/seed.ts'
export * from './control/shapes.ts'
export * from './declaration/declaration.ts'
export {
  type BodyInput,
  type BodyOf,
  type Endpoint,
  type EndpointGroup,
  endpoint,
  type FailureNameOf,
  type Lazy,
  type Method,
  once,
  type Paging,
  type ParamsOf,
  type QueryInput,
  type QueryOf,
  type ResultOf,
  type Scope,
  type WithDefaults,
  type Wrap,
} from './declaration/endpoint.ts'
export * from './declaration/envelope.ts'
export * from './declaration/primitives.ts'
export * from './declaration/resource.ts'
export * from './edge/claims.ts'
export * from './edge/cloudflared.ts'
export * from './edge/endpoints.ts'
export * from './edge/login.ts'
export * from './edge/oauth.ts'
export * from './edge/oidc.ts'
export * from './edge/person.ts'
export * from './errors/errors.ts'
export * from './errors/oauth.ts'
export * from './evidence/evidence.ts'
export * from './modes/catalogue.ts'
export * from './reasons/table.ts'
