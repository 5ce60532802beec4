/** What a person may open from the App Launcher (sign-in-launcher-tiles). */
import type { Identity } from '../access/subject.ts'
import { perRow } from '../state/per-row.ts'
import type { ApplicationRow } from '../state/rows.ts'
import type { AccountBase } from './base.ts'
import { admitsPerson, type RequestFacts } from './evaluate.ts'

/** The account's App Launcher; undefined if it was never enabled. */
export function launcherOf(account: AccountBase): ApplicationRow | undefined {
  return account.state.tables.applications.all().find(({ type }) => type === 'app_launcher')
}

export interface Tile {
  readonly application: ApplicationRow
  readonly url: string
  /** What its tile is called. */
  readonly name: string
}

/** Types of applications that people open in a browser. */
const opened: ReadonlySet<string> = new Set([
  'self_hosted',
  'ssh',
  'vnc',
  'rdp',
  'saas',
  'bookmark',
])

/** The tiles for a person, by name. */
export function tilesFor(
  account: AccountBase,
  asking: Pick<RequestFacts, 'ip' | 'country' | 'certificate'>,
  identity: Identity,
): readonly Tile[] {
  const isOpen = (application: ApplicationRow) =>
    isOpenBookmark(application) || admitsPerson(account, application, asking, identity)
  const tiles = account.state.tables.applications.all().flatMap((application): Tile[] => {
    if (!opened.has(application.type) || application.app_launcher_visible !== true) return []
    const url = addressOf(application)
    if (url === undefined || !isOpen(application)) return []
    return [{ application, url, name: application.name || new URL(url).hostname }]
  })
  return tiles.sort((a, b) => a.name.localeCompare(b.name, 'en'))
}

/** A bookmark leads to what Access does not protect, so it needs no policy (sign-in-launcher-bookmarks). */
function isOpenBookmark({ type, links }: ApplicationRow): boolean {
  return type === 'bookmark' && links.length === 0
}

/** The URL that a tile leads to; undefined if there is none to open, as for a wildcard host (sign-in-launcher-links). */
const addressOf = perRow(({ type, domain, saas_app }: ApplicationRow): string | undefined => {
  if (type === 'saas') return webAddress(saas_app?.app_launcher_url)
  const [place = ''] = (domain ?? '').split(type === 'bookmark' ? /$/ : '*', 1)
  const isWhole = type === 'bookmark' || place === domain || place.includes('/')
  return place !== '' && isWhole ? webAddress(place) : undefined
})

function webAddress(text: unknown): string | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  const url = /^https?:\/\//i.test(text) ? text : `https://${text}`
  return URL.canParse(url) ? new URL(url).href : undefined
}
