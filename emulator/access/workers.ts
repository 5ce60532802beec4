/** Destinations that name a Worker instead of a host: their precedence, and which paths they make public. Pure. */
import type { Destination } from '../../contracts/api/destinations.ts'
import { decodedPath, normalisePath } from './paths.ts'
import { fits } from './text-pattern.ts'

/** The Worker behind a host. */
export interface WorkerHost {
  readonly worker: string
  /** Whether the host is a preview deployment. */
  readonly preview: boolean
}

/** The key of a destination in an index by Worker; undefined if it names none. */
export function workerKey({ type, worker_id }: Destination): string | undefined {
  if (type === 'all_workers' || type === 'all_preview_workers') return type
  return type === 'worker' || type === 'preview_worker' ? `${type}:${worker_id ?? ''}` : undefined
}

/** The keys of the destinations that cover a host, most specific first (the official schema says which wins). */
export function workerKeys({ worker, preview }: WorkerHost): readonly string[] {
  const named = `worker:${worker}`
  if (!preview) return [named, 'all_workers']
  return [`preview_worker:${worker}`, named, 'all_preview_workers', 'all_workers']
}

/** Whether an override makes a path public. An unreadable override, or one of another kind, has no effect. */
export function isOverridden({ overrides = [] }: Destination, path: string): boolean {
  return overrides.some(
    ({ behavior, path_pattern }) =>
      behavior === 'public' && typeof path_pattern === 'string' && isAt(path_pattern, path),
  )
}

/** `*` matches anything; a pattern without it must equal the whole path. This is the narrowest reading (assumed). */
function isAt(pattern: string, path: string): boolean {
  if (/[\s?#]/.test(pattern)) return false
  const normal = normalisePath(pattern)?.path
  return normal !== undefined && fits(normal.split('*').map(decodedPath), decodedPath(path))
}
