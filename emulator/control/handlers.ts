/** The handlers of the control API's operations. */
import type { control } from '../../contracts/control/endpoints.ts'
import { createAccount, deleteAccount, getSeed } from './accounts.ts'
import { getBehaviours, setBehaviours } from './behaviours.ts'
import { getClock, setClock } from './clock.ts'
import type { ControlHandlers } from './context.ts'
import { clearFaults, listFaults, setFaults } from './faults.ts'
import { clearJournal, readJournal } from './journal.ts'
import { metrics, ready } from './service.ts'
import { createSession, listPins } from './sessions.ts'
import { getState, putState, reset } from './state.ts'
import { createToken, deleteToken, listTokens } from './tokens.ts'

// Loaded on demand: a start needs none of them, and most runs few.
const explaining = () => import('./explain.ts')
const modes = () => import('./modes/operations.ts')
const dashboard = () => import('./dashboard/pages.ts')
const changes = () => import('./changes.ts')

export const handlers: ControlHandlers<typeof control> = {
  health: (_call, { profile, seedName }) => ({ result: { ok: true, profile, seed: seedName } }),
  ready,
  metrics,
  reset,
  getClock,
  setClock,
  getBehaviours,
  setBehaviours,
  listModes: async (call, context) => (await modes()).listModes(call, context),
  setMode: async (call, context) => (await modes()).setMode(call, context),
  endMode: async (call, context) => (await modes()).endMode(call, context),
  listFaults,
  setFaults,
  clearFaults,
  readJournal,
  clearJournal,
  explain: async (call, context) => (await explaining()).explain(call, context),
  journalPage: async (call, context) => (await dashboard()).journalPage(call, context),
  requestPage: async (call, context) => (await dashboard()).requestPage(call, context),
  flowsPage: async (call, context) => (await dashboard()).flowsPage(call, context),
  flowPage: async (call, context) => (await dashboard()).flowPage(call, context),
  applicationsPage: async (call, context) => (await dashboard()).applicationsPage(call, context),
  tryPage: async (call, context) => (await dashboard()).tryPage(call, context),
  failureModesPage: async (call, context) => (await dashboard()).failureModesPage(call, context),
  failureModePage: async (call, context) => (await dashboard()).failureModePage(call, context),
  inboxPage: async (call, context) => (await dashboard()).inboxPage(call, context),
  credentialsPage: async (call, context) => (await dashboard()).credentialsPage(call, context),
  settingsPage: async (call, context) => (await dashboard()).settingsPage(call, context),
  dashboardScript: async (call, context) => (await dashboard()).dashboardScript(call, context),
  applyChanges: async (call, context) => (await changes()).applyChanges(call, context),
  undoChanges: async (call, context) => (await changes()).undoChanges(call, context),
  getState,
  putState,
  createSession,
  listPins,
  listTokens,
  createToken,
  deleteToken,
  getSeed,
  createAccount,
  deleteAccount,
  openapi: async () => (await import('./document.ts')).document(),
}
