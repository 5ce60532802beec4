/** The package's entry point `./client`: the same calls work against an emulator and real Cloudflare. */
export {
  type ApiClient,
  type ApiClientOptions,
  createApiClient,
  type Operation,
  type OperationInput,
} from './api/api.ts'
export type { Answered, CallOptions, News } from './api/call.ts'
export { ContractMismatch } from './api/contract-mismatch.ts'
export type { Drift } from './api/drift.ts'
export type { Pages } from './api/pages.ts'
export {
  type ApiReader,
  type ApiReaderOptions,
  createApiReader,
  type Reading,
  type ReadOperation,
} from './api/reader.ts'
export type { Partially } from './api/reading.ts'
export { diagnose } from './doctor/diagnose.ts'
export type { Cause, DiagnoseOptions, Diagnosis, RuledOut, Unread } from './doctor/diagnosis.ts'
export {
  classify,
  createEdgeClient,
  type EdgeAnswer,
  type EdgeClient,
  type EdgeKind,
} from './edge/edge.ts'
export { AccessEdgeError, type EdgeFailureCode } from './edge/edge-error.ts'
export type { ExpectedOnly } from './edge/expected-only.ts'
export type { MetaClaims } from './edge/meta.ts'
export { fetchAsPerson, type PersonFetchOptions } from './login/fetch.ts'
export { type Recorder, type RecorderOptions, recordTo } from './support-bundle/record.ts'
export type { Credentials } from './target/credentials.ts'
export { type Target, type TargetName, type TargetOptions, targetFrom } from './target/target.ts'
export {
  type AccessClient,
  type AccessClientOptions,
  createAccessClient,
  type Met,
  type TokenCall,
} from './token/client.ts'
export {
  type DecodedClaims,
  getToken,
  type HeadersOnly,
  type IssuedToken,
  type Strategy,
  type TokenOptions,
  type TokenResult,
  type Way,
} from './token/token.ts'
export { type Clock, systemClock } from './transport/clock.ts'
export {
  AccessApiError,
  AccessConnectionError,
  AccessError,
  AccessLoginError,
  AccessTokenError,
  AccessUsageError,
  type LoginFailureCode,
  type TokenFailureCode,
} from './transport/errors.ts'
export { pinnedFetch } from './transport/pinned-fetch.ts'
export { Secret, secret } from './transport/secret.ts'
export {
  createVerifier,
  type VerifiedToken,
  type Verifier,
  type VerifierOptions,
} from './verify/verify.ts'
