/** Details of `invalid_request` and `conflict` in Cloudflare's own words (api-invalid-request-words). */

/**
 * Each is the whole detail, without a field name in front. The following have a public source: destinationTaken
 * (api-destination-taken), domainNotInDestinations (api-domain-not-in-destinations), domainNotInZone
 * (api-domain-outside-zone), onetimepinExists (api-one-time-pin-once), precedences (api-precedence-taken), scimSchema
 * (api-scim-provisioning), unknownTag (api-tag-unknown).
 */
export const recordedDetails = {
  appType: 'app type is missing or invalid',
  certificateAssociated: 'certificate has active associations',
  certificateLimit: 'maximum number of certificates has been reached',
  decision: 'decision value must be one of: ["allow" "deny" "non_identity" "bypass"]',
  destinationTaken: 'destination belongs to another application',
  domainNotInDestinations: 'domain not included in destinations',
  domainNotInZone: 'domain does not belong to zone',
  oauthPath: 'domain can not have a path if oauth is configured',
  onetimepinExists: 'a onetimepin connection already exists',
  precedences: 'policy precedences must be unique',
  scimSchema: 'invalid SCIM schema in mappings',
  tagName: 'name must be a maximum of 35 characters in length',
  unknownTag:
    'tags contain a tag that does not exist, tags must be created before assigning to an application',
} as const

export function policyNotFound(id: string): string {
  return `policy ${id} not found`
}

/** A field of SCIM's authentication that is missing (api-scim-provisioning). */
export function requiredField(name: string): string {
  return `${name}${isRequired}`
}

const isRequired = ' is a required field'
const whole: ReadonlySet<string> = new Set(Object.values(recordedDetails))

/** Whether a schema's message is already the whole detail. */
export function isRecordedDetail(message: string): boolean {
  return whole.has(message) || message.endsWith(isRequired)
}
