/** The tables of an emulator in Postgres, and what may use them. */
import type { ClientBase } from 'pg'
import { StateProblem } from '../durable-log.ts'

/** All that the emulator makes is in this schema: dropping it forgets the state, and nothing else. */
export const schemaName = 'access_emulator'

/** Which copy of the tables it is: a restore makes them, or the rows in them, again. SQL; null while nothing has begun. */
export const incarnation = `(select f.tableoid || '/' || f.xmin from ${schemaName}.header f limit 1)`

/** What `append` answers a replica that a newer release has overtaken; the message is the version. */
export const newerSchemaCode = 'AE001'

/** Each takes the schema one version further. Never changed once released; new ones come at the end. */
const migrations: readonly string[] = [
  `create schema if not exists ${schemaName};
   create table ${schemaName}.version (version integer not null);
   insert into ${schemaName}.version values (0);
   create table ${schemaName}.log (
     sequence bigint generated always as identity primary key,
     record text not null
   );`,
  // Replicas. A record is of an account; what adds or removes one is of the directory too, whose account is ''.
  `create table ${schemaName}.header (record text not null);
   insert into ${schemaName}.header
     select record from ${schemaName}.log order by sequence limit 1;
   delete from ${schemaName}.log where sequence = (select min(sequence) from ${schemaName}.log);
   alter table ${schemaName}.log alter column sequence drop identity;
   alter table ${schemaName}.log add account text not null default '';
   alter table ${schemaName}.log add of_directory boolean not null default false;
   update ${schemaName}.log set
     account = coalesce(record::json ->> 'account', record::json #>> '{identity,id}', ''),
     of_directory = record::json ->> 'kind' in ('account', 'delete');
   create table ${schemaName}.accounts (account text primary key, sequence bigint not null);
   insert into ${schemaName}.accounts
     select account, max(sequence) from ${schemaName}.log group by account
     union all select '', coalesce(max(sequence), 0) from ${schemaName}.log where of_directory;
   create table ${schemaName}.snapshot (place integer primary key, record text not null);
   create table ${schemaName}.keys (place integer primary key, jwk text not null);
   create unlogged table ${schemaName}.journal (
     account text not null,
     place bigint not null,
     sequence bigint not null,
     replica text not null,
     line text,
     primary key (account, place)
   );
   create unlogged table ${schemaName}.journal_head (one boolean primary key, place bigint not null);
   create unlogged table ${schemaName}.fault_counts (name text primary key, n bigint not null);
   create table ${schemaName}.head (
     sequence bigint not null,
     compacted bigint not null,
     replicas bigint not null
   );
   insert into ${schemaName}.head
     select coalesce(max(sequence), 0), 0, 0 from ${schemaName}.log;
   create function ${schemaName}.append(
     known integer, copy text, seen bigint, accounts text[], expected bigint[], directories bigint[], records text[]
   ) returns table (
     incarnation text, head bigint, compacted bigint,
     sequence bigint, account text, of_directory boolean, record text, nth integer
   ) language plpgsql set lock_timeout = '3s' as $$
   #variable_conflict use_column
   declare
     copied text;
     last bigint;
     bottom bigint;
     won bigint[] := '{}';
     place integer[] := '{}';
   begin
     -- A server may be set to acknowledge before the disk has a commit.
     perform set_config('synchronous_commit', 'on', true);
     if (select v.version from ${schemaName}.version v) > known then
       raise exception '%', (select v.version from ${schemaName}.version v) using errcode = '${newerSchemaCode}';
     end if;
     select h.sequence, h.compacted into last, bottom from ${schemaName}.head h for update;
     -- Not before: what held the row may have been a restore.
     copied := ${incarnation};
     if copy = copied and seen >= bottom and seen <= last then
       for n in 1 .. cardinality(records) loop
         continue when expected[n] is distinct from
           coalesce((select a.sequence from ${schemaName}.accounts a where a.account = accounts[n]), 0);
         continue when directories[n] is not null and directories[n] is distinct from
           coalesce((select a.sequence from ${schemaName}.accounts a where a.account = ''), 0);
         last := last + 1;
         won := won || last;
         place := place || n;
         insert into ${schemaName}.log (sequence, account, of_directory, record)
           values (last, accounts[n], directories[n] is not null, records[n]);
         insert into ${schemaName}.accounts as a values (accounts[n], last)
           on conflict (account) do update set sequence = excluded.sequence;
         if directories[n] is not null then
           insert into ${schemaName}.accounts as a values ('', last)
             on conflict (account) do update set sequence = excluded.sequence;
         end if;
       end loop;
       if cardinality(won) > 0 then
         update ${schemaName}.head set sequence = last;
         perform pg_notify('${schemaName}', last::text);
       end if;
     end if;
     return query
       select copied, last, bottom, l.sequence, l.account, l.of_directory, l.record,
         place[array_position(won, l.sequence)]
       from (select 1) one left join ${schemaName}.log l on l.sequence > seen and seen >= bottom
       order by l.sequence;
   end $$;
   -- A function, for its plans are kept: the question is asked before every request.
   create function ${schemaName}.later(seen bigint) returns table (
     version integer, incarnation text, head bigint, compacted bigint,
     sequence bigint, account text, of_directory boolean, record text
   ) language plpgsql stable set jit = off as $$
   #variable_conflict use_column
   begin
     return query
       select (select v.version from ${schemaName}.version v limit 1), ${incarnation},
         h.sequence, h.compacted, l.sequence, l.account, l.of_directory, l.record
       from ${schemaName}.head h left join ${schemaName}.log l on l.sequence > seen
       order by l.sequence;
   end $$;`,
]

export const schemaVersion = migrations.length

/** Any number that no other program is likely to lock. */
export const lock = {
  schema: 4_102_444_801,
  writer: 4_102_444_802,
  seeding: 4_102_444_803,
  compacting: 4_102_444_804,
} as const

/** Brings the schema to this release's version. Emulators that start together do it one after the other. */
export async function prepareSchema(client: ClientBase): Promise<void> {
  await client.query('begin')
  try {
    await patiently(client, waitForLock, [lock.schema])
    const version = await versionOf(client)
    if (version > schemaVersion) throw new StateProblem(newerSchema(version))
    if (version === 1) await refuseIfHeld(client)
    for (const migration of migrations.slice(version)) await patiently(client, migration)
    if (version < schemaVersion) {
      await client.query(`update ${schemaName}.version set version = $1`, [schemaVersion])
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

export function newerSchema(version: number): string {
  return `The schema ${schemaName} has version ${version}, made by a newer release; this release knows versions up to ${schemaVersion}. Start that release or a newer one, or give --state another database.`
}

/** Another replica may take long to migrate or to seed, and a long log long to migrate. */
const longestWaitMs = 120_000

const waitForLock = 'select pg_advisory_xact_lock($1)'

async function patiently(client: ClientBase, text: string, values: readonly number[] = []) {
  // The types of the driver do not have it.
  const query = { text, values: [...values], query_timeout: longestWaitMs }
  await client.query(query)
}

/** Until the end of the transaction, no other replica begins a new state. */
export async function waitToSeed(client: ClientBase): Promise<void> {
  await patiently(client, waitForLock, [lock.seeding])
}

/** Whether nobody else is compacting, until the end of the transaction. */
export function tryToCompact(client: ClientBase): Promise<boolean> {
  return tryLock(client, lock.compacting)
}

async function tryLock(client: ClientBase, key: number): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    'select pg_try_advisory_xact_lock($1) as held',
    [key],
  )
  return rows[0]?.held === true
}

/** 0 if there is no schema yet. @throws StateProblem if one of that name is not an emulator's */
async function versionOf(client: ClientBase): Promise<number> {
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

/** An emulator of the release before replicas has the log for itself while it runs. */
async function refuseIfHeld(client: ClientBase): Promise<void> {
  if (await tryLock(client, lock.writer)) return
  throw new StateProblem(
    'An emulator of an older release uses this database. Stop it first: its schema must change.',
  )
}
