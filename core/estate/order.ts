/** Names in levels, each after those it must follow; `cycle` names a circle, first name last again, when there is one. */
export type Order = { readonly levels: readonly (readonly string[])[]; readonly cycle?: readonly string[] }

/** Orders names so that each stands in a later level than all in its `after`; names that do not exist are passed over. */
export function orderOf(after: ReadonlyMap<string, readonly string[]>): Order {
  const waiting = new Map(
    [...after].map(([name, before]) => [name, new Set(before.filter((one) => after.has(one)))]),
  )
  const followers = new Map<string, string[]>()
  for (const [name, before] of waiting) {
    for (const one of before) {
      const known = followers.get(one)
      if (known === undefined) followers.set(one, [name])
      else known.push(name)
    }
  }
  const levels: (readonly string[])[] = []
  let level = [...waiting.keys()].filter((name) => waiting.get(name)?.size === 0)
  while (level.length > 0) {
    levels.push(level)
    for (const name of level) waiting.delete(name)
    const next = new Set<string>()
    for (const name of level) {
      for (const follower of followers.get(name) ?? []) {
        waiting.get(follower)?.delete(name)
        if (waiting.get(follower)?.size === 0) next.add(follower)
      }
    }
    level = [...next]
  }
  return waiting.size === 0 ? { levels } : { levels, cycle: circle(waiting) }
}

/** In what is left each name waits for another one, so that following them must come round. */
function circle(waiting: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const path: string[] = []
  const seen = new Set<string>()
  let name = [...waiting.keys()][0]
  while (name !== undefined && !seen.has(name)) {
    seen.add(name)
    path.push(name)
    name = [...(waiting.get(name) ?? [])][0]
  }
  return name === undefined ? path : [...path.slice(path.indexOf(name)), name]
}
