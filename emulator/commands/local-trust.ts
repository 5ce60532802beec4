/** The local authority and the files that make tools trust it. */

import { openCa, stateFolder } from '../network/tls/ca.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { createWorld } from '../world/world.ts'
import { type TrustFiles, writeTrustFiles } from './trust-files.ts'

/** @throws OptionProblem if the state folder cannot be read or written */
export async function localTrust(
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly certPem: string; readonly files: TrustFiles }> {
  try {
    const { certPem } = await openCa({ world: createWorld() })
    return { certPem, files: await writeTrustFiles(certPem, { state: stateFolder(), environment }) }
  } catch (error) {
    throw explained(error)
  }
}

/** Turns a file-system error into an OptionProblem; returns any other error unchanged. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return error
  return new OptionProblem(
    `Cannot read or create the certificate authority in ${stateFolder()} (${error.code}). Make that folder yours, or choose another with XDG_STATE_HOME.`,
  )
}
