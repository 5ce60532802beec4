/** A real Postgres for the rows that need one, with `fsync` on: the one that tests start. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** In place of a line, where `startPostgres` finds no server. */
export const noPostgres = 'There is no Postgres server here (Debian package postgresql).'

/**
 * @param {URL} folder for the module that is built; below node_modules, so that packages are found from there
 * @returns {Promise<import('../state/postgres/server.ts').PostgresServer | undefined>}
 */
export async function startPostgres(folder) {
  const outfile = fileURLToPath(new URL('postgres-server.mjs', folder))
  if (!existsSync(outfile)) {
    await build({
      entryPoints: [fileURLToPath(new URL('../state/postgres/server.ts', import.meta.url))],
      outfile,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
    })
  }
  const server = await import(outfile)
  return server.hasPostgres() ? server.startPostgres() : undefined
}
