/** The tables of an emulator in Postgres, and who may write to them. */
import type { Client } from 'pg'
import { StateProblem } from './durable-log.ts'

/** All that the emulator makes is in this schema: dropping it forgets the state, and nothing else. */
export const schemaName = 'access_emulator'

/** Each takes the schema one version further. Never changed once released; new ones come at the end. */
const migrations: readonly string[] = [
  `create schema if not exists ${schemaName};
   create table ${schemaName}.version (version integer not null);
   insert into ${schemaName}.version values (0);
   create table ${schemaName}.log (
     sequence bigint generated always as identity primary key,
     record text not null
   );`,
]

/** Any number that no other program is likely to lock. */
const lock = { schema: 4_102_444_801, writer: 4_102_444_802 } as const

/** Brings the schema to this release's version. Emulators that start together do it one after the other. */
export async function prepareSchema(client: Client): Promise<void> {
  // A server may be set to acknowledge before the disk has a commit.
  await client.query('set synchronous_commit = on')
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1)', [lock.schema])
    const version = await versionOf(client)
    if (version > migrations.length) {
      throw new StateProblem(
        `The schema ${schemaName} has version ${version}, made by a newer release; this release knows versions up to ${migrations.length}. Start that release or a newer one, or give --state another database.`,
      )
    }
    for (const migration of migrations.slice(version)) await client.query(migration)
    if (version < migrations.length) {
      await client.query(`update ${schemaName}.version set version = $1`, [migrations.length])
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** 0 if there is no schema yet. @throws StateProblem if one of that name is not an emulator's */
async function versionOf(client: Client): Promise<number> {
  const { rows: tables } = await client.query<{ name: string }>(
    'select table_name as name from information_schema.tables where table_schema = $1',
    [schemaName],
  )
  if (tables.length === 0) return 0
  const names = tables.map(({ name }) => name)
  if (!names.includes('version') || !names.includes('log')) {
    throw new StateProblem(
      `The schema ${schemaName} of this database has tables that no emulator made (${names.join(', ')}). Give --state another database.`,
    )
  }
  const { rows } = await client.query<{ version: number }>(
    `select version from ${schemaName}.version`,
  )
  return rows[0]?.version ?? 0
}

/** Whether this connection now has the log for itself, until it ends. */
export async function held(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    'select pg_try_advisory_lock($1) as held',
    [lock.writer],
  )
  return rows[0]?.held === true
}
