/** The package's entry `./client`: the same calls against an emulator and real Cloudflare. */
export {
  type ApiClient,
  type ApiClientOptions,
  createApiClient,
  type Operation,
  type OperationInput,
} from './api.ts'
export type { Answered, CallOptions, News } from './api-call.ts'
export {
  type ApiReader,
  type ApiReaderOptions,
  createApiReader,
  type Reading,
  type ReadOperation,
} from './api-reader.ts'
export {
  type AccessClient,
  type AccessClientOptions,
  createAccessClient,
  type Met,
  type TokenCall,
} from './client.ts'
export { type Clock, systemClock } from './clock.ts'
export type { Credentials } from './credentials.ts'
export { diagnose } from './doctor/diagnose.ts'
export type { Cause, DiagnoseOptions, Diagnosis, RuledOut, Unread } from './doctor/diagnosis.ts'
export type { Drift } from './drift.ts'
export {
  classify,
  createEdgeClient,
  type EdgeAnswer,
  type EdgeClient,
  type EdgeKind,
} from './edge.ts'
export {
  AccessApiError,
  AccessConnectionError,
  AccessEdgeError,
  AccessError,
  AccessTokenError,
  AccessUsageError,
  ContractMismatch,
  type EdgeFailureCode,
  type TokenFailureCode,
} from './errors.ts'
export { type Recorder, type RecorderOptions, recordTo } from './evidence/record.ts'
export type { ExpectedOnly } from './expected-only.ts'
export type { MetaClaims } from './meta.ts'
export type { Pages } from './pages.ts'
export { pinnedFetch } from './pinned-fetch.ts'
export type { Partially } from './reading.ts'
export { Secret, secret } from './secret.ts'
export { type Target, type TargetName, type TargetOptions, targetFrom } from './target.ts'
export {
  type DecodedClaims,
  getToken,
  type HeadersOnly,
  type IssuedToken,
  type Strategy,
  type TokenOptions,
  type TokenResult,
  type Way,
} from './token.ts'
export {
  createVerifier,
  type VerifiedToken,
  type Verifier,
  type VerifierOptions,
} from './verify.ts'
