/** Redacts the credentials of the environment wherever they occur. */
import { secretName } from '../../contracts/recording/redact/names.ts'
import { createRedactor, type Redactor } from '../../contracts/recording/redact/redact.ts'
import { credentialNames } from './environment.ts'

export function redactorFor(environment: NodeJS.ProcessEnv): Redactor {
  const redactor = createRedactor()
  for (const name of credentialNames(environment)) {
    const type = secretName(name)?.type
    if (type !== undefined) redactor.know(type, environment[name] ?? '')
  }
  return redactor
}
