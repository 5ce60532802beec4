/** The names of the environment variables of the live target. */

/** Environment variables that the live target reads, besides the client's own. */
export const liveVariables = {
  zone: 'ACCESS_ZONE',
  protected_url: 'ACCESS_PROTECTED_URL',
  allow_writes: 'ACCESS_ALLOW_WRITES',
  name_prefix: 'ACCESS_NAME_PREFIX',
  wildcard_hosts: 'ACCESS_WILDCARD_HOSTS',
  settle_seconds: 'ACCESS_SETTLE_SECONDS',
} as const
