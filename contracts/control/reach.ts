/** Which credentials each call of the control API takes (emulator-control-api). */
import { type Endpoint, once } from '../declaration/endpoint.ts'
import { control } from './endpoints.ts'

/**
 * `open`: none. `account`: the admin token of an account, for that account alone. `emulator`: only the emulator's own, or no
 * token from this machine where that is enough.
 */
export type Reach = 'open' | 'account' | 'emulator'

export const reach = {
  health: 'open',
  ready: 'open',
  metrics: 'emulator',
  reset: 'account',
  getClock: 'account',
  setClock: 'emulator',
  getBehaviours: 'account',
  setBehaviours: 'account',
  listModes: 'account',
  setMode: 'account',
  endMode: 'account',
  listFaults: 'account',
  setFaults: 'account',
  clearFaults: 'account',
  readJournal: 'account',
  clearJournal: 'account',
  explain: 'account',
  journalPage: 'account',
  requestPage: 'account',
  flowsPage: 'account',
  flowPage: 'account',
  applicationsPage: 'account',
  tryPage: 'account',
  failureModesPage: 'account',
  failureModePage: 'account',
  inboxPage: 'account',
  credentialsPage: 'account',
  settingsPage: 'account',
  dashboardScript: 'account',
  applyChanges: 'account',
  undoChanges: 'account',
  getState: 'account',
  putState: 'account',
  createSession: 'account',
  listPins: 'account',
  listTokens: 'account',
  createToken: 'account',
  deleteToken: 'account',
  getSeed: 'account',
  createAccount: 'emulator',
  deleteAccount: 'account',
  openapi: 'account',
} as const satisfies Record<keyof typeof control, Reach>

const byOperation = once(
  () =>
    new Map<string, Reach>(
      Object.entries(control).map(([name, { id }]) => [id, reach[name as keyof typeof control]]),
    ),
)

export function reachOf({ id }: Endpoint): Reach {
  return byOperation().get(id) ?? 'emulator'
}

/** Why the admin token of an account is not enough, for the calls that take only the emulator's. */
export const onlyForEmulator: Readonly<Partial<Record<string, string>>> = {
  [control.setClock.id]:
    'The clock is one for all accounts of the emulator. Only the emulator’s own admin token may set it; GET /__access/clock is open to you.',
  [control.metrics.id]:
    'Metrics are of all accounts. Only the emulator’s own admin token may read them.',
  [control.createAccount.id]: 'Only the emulator’s own admin token makes accounts.',
}
