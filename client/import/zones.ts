/** The zones of a seed, with the resources of each. */
import { isWithin } from '../../contracts/declaration/primitives.ts'
import { isInZone } from '../../contracts/declaration/resource.ts'
import type { Item, SavedAnswers } from './kinds.ts'
import { sectionsOf } from './sections.ts'

export function zonesOf(
  answers: SavedAnswers,
  named: readonly string[],
  notes: string[],
): readonly Item[] {
  const found = answers.zones.length > 0 ? answers.zones : named.map((name): Item => ({ name }))
  const zones = found.length > 0 ? found : guessed(answers, notes)
  return zones.map(({ id, name }) => {
    const isBelow = (host: unknown) => typeof host === 'string' && isWithin(host, String(name))
    const isHere = (item: Item, labels: readonly string[]) =>
      item.zone_id === undefined
        ? labels.some((label) => isBelow(String(item[label]).split('/')[0]))
        : item.zone_id === id
    const bare = ({ zone_id: _, zone_name: _name, ...item }: Item) => item
    return {
      ...(typeof id === 'string' ? { id } : {}),
      name,
      ...sectionsOf(answers, isInZone, (item, { labels = ['name'] }) => isHere(item, labels), bare),
    }
  })
}

/** The last two labels of each domain: right for `example.com`, wrong for `example.co.uk`. */
function guessed({ applications }: SavedAnswers, notes: string[]): readonly Item[] {
  const hosts = applications.flatMap(({ domain, self_hosted_domains, type }) =>
    type === 'self_hosted' ? [domain, self_hosted_domains].flat() : [],
  )
  const names = hosts.flatMap((host) =>
    typeof host === 'string' ? [host.split('/')[0]?.split('.').slice(-2).join('.') ?? ''] : [],
  )
  const zones = [...new Set(names)]
  if (zones.length > 0) {
    notes.push(
      `The answers contain no zone, so it is assumed to be ${zones.join(', ')} (set it with --zone).`,
    )
  }
  return zones.map((name) => ({ name }))
}
