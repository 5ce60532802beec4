/** Which applications of an account have Managed OAuth, and which one a `resource` means. */
import type { OauthConfiguration } from '../../../contracts/api/oauth-configuration.ts'
import { isHostName } from '../../access/login.ts'
import { isRedirectAllowed, letsClientsRegister, managedOauthOf } from '../../access/oauth.ts'
import { normalisePath } from '../../access/paths.ts'
import type { Account, ApplicationRow } from '../../account/account.ts'

export interface Protected {
  readonly application: ApplicationRow
  readonly configuration: OauthConfiguration
  /** The host that the resource names. */
  readonly hostname: string
}

/** Why a `resource` names nothing that tokens are issued for. */
export interface NoTarget {
  readonly problem: string
}

/** The application behind a `resource` (RFC 8707, 2): an https URL on one of its hosts. */
export function targetOf(account: Account, resource: string): Protected | NoTarget {
  if (!URL.canParse(resource) || resource.includes('#')) {
    return { problem: 'resource must be an absolute URL without a fragment' }
  }
  const { protocol, hostname, pathname, port } = new URL(resource)
  const path = normalisePath(pathname)?.path
  const application =
    protocol === 'https:' && port === '' && path !== undefined
      ? account.applications.at(hostname, path)
      : undefined
  if (application === undefined) {
    return { problem: `No application of the team covers the resource ${resource}` }
  }
  const configuration = managedOauthOf(application)
  return configuration === undefined
    ? { problem: 'OAuth not enabled for the targeted resource' }
    : { application, configuration, hostname }
}

/** The configurations for which clients may register themselves. */
export function openConfigurations(account: Account): readonly OauthConfiguration[] {
  return account.applications
    .all()
    .map(managedOauthOf)
    .filter((each) => each !== undefined)
    .filter(letsClientsRegister)
}

/** The first application that would take a redirect URI, for a request that names no resource. */
export function applicationFor(account: Account, redirectUri: string): Protected | undefined {
  for (const application of account.applications.all()) {
    const configuration = managedOauthOf(application)
    const [hostname] = (account.applications.hostsOf(application)[0] ?? '').split('/')
    if (configuration === undefined || !hostname || !isHostName(hostname)) continue
    if (isRedirectAllowed(redirectUri, configuration)) {
      return { application, configuration, hostname }
    }
  }
  return undefined
}
