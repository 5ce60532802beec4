/** The local authority and the files that make tools trust it, with what hinders them in words. */

import { OptionProblem } from '../options.ts'
import { openCa, stateFolder } from '../server/tls/ca.ts'
import { createWorld } from '../world.ts'
import { type TrustFiles, writeTrustFiles } from './trust-files.ts'

/** @throws OptionProblem where the state folder cannot be read or written */
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

/** Errors of the file system as a sentence; others as they are. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return error
  return new OptionProblem(
    `The certificate authority in ${stateFolder()} cannot be read or made (${error.code}). Make that folder yours, or name another with XDG_STATE_HOME.`,
  )
}
