/** The handlers of the control API's operations. */
import { api } from '../../contracts/api/operations.ts'
import { control } from '../../contracts/control/endpoints.ts'
import { transferService } from '../../contracts/edge/cloudflared.ts'
import { edge } from '../../contracts/edge/endpoints.ts'
import { openapi } from '../../contracts/openapi.ts'
import { version } from '../version.ts'
import { createAccount, deleteAccount, getSeed } from './accounts.ts'
import { getBehaviours, setBehaviours } from './behaviours.ts'
import { getClock, setClock } from './clock.ts'
import type { ControlHandlers } from './context.ts'
import { explain } from './explain.ts'
import { clearFaults, listFaults, setFaults } from './faults.ts'
import { flowPage, flowsPage } from './flow-pages.ts'
import { clearJournal, readJournal } from './journal.ts'
import { endMode, listModes, setMode } from './modes/operations.ts'
import { journalPage, requestPage } from './pages.ts'
import { createSession, listPins } from './sessions.ts'
import { getState, putState, reset } from './state.ts'
import { createToken, deleteToken, listTokens } from './tokens.ts'

export const handlers: ControlHandlers<typeof control> = {
  health: (_call, { profile, seedName }) => ({ result: { ok: true, profile, seed: seedName } }),
  reset,
  getClock,
  setClock,
  getBehaviours,
  setBehaviours,
  listModes,
  setMode,
  endMode,
  listFaults,
  setFaults,
  clearFaults,
  readJournal,
  clearJournal,
  explain,
  journalPage,
  requestPage,
  flowsPage,
  flowPage,
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
  openapi: () => ({
    result: {
      ...openapi(
        { ...api, edge, transfer: transferService, control },
        { title: 'Cloudflare Access emulator', version },
      ),
    },
  }),
}
