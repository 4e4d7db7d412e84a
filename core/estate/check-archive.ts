import type { CleanupRule } from '../../schemas/cleanup.ts'
import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { Path } from '../../schemas/source.ts'
import { oldKernels, writtenRules } from './cleanup.ts'
import { whyNotCleaned } from './cleanup-path.ts'
import { complaint, namedInstead } from './complaint.ts'

/** A rule that archives says where to: a directory of a host of the estate that the rule itself does not clean up. */
export function* archivesArePlacedWell(loaded: LoadedEstate): Generator<Placed> {
  const { estate } = loaded
  const hosts = Object.values(estate.systems).flatMap((system) => Object.keys(system.hosts))
  // A rule of a tier is wrong once, and not for each of its systems.
  const told = new Set<string>()
  for (const [name, system] of Object.entries(estate.systems)) {
    for (const [ruleName, rule] of Object.entries(writtenRules(estate, system))) {
      if (rule.off === true) continue
      const own = Object.hasOwn(system.cleanup?.rules ?? {}, ruleName)
      const path: Path = own
        ? ['systems', name, 'cleanup', 'rules', ruleName]
        : ['tiers', system.tier, 'cleanup', 'rules', ruleName]
      if (told.has(path.join('/'))) continue
      const cleaned = Object.entries(system.hosts)
        .filter(
          ([, { roles }]) => rule.roles === undefined || rule.roles.some((role) => roles.includes(role)),
        )
        .map(([host]) => host)
      const wrong = wrongArchive(loaded, { path, name: ruleName, rule, hosts, cleaned })
      if (wrong === undefined) continue
      told.add(path.join('/'))
      yield wrong
    }
  }
}

function wrongArchive(
  loaded: LoadedEstate,
  o: {
    readonly path: Path
    readonly name: string
    readonly rule: CleanupRule
    readonly hosts: readonly string[]
    readonly cleaned: readonly string[]
  },
): Placed | undefined {
  const { path, name, rule, hosts, cleaned } = o
  const code = 'cleanup-archive'
  if (rule.do !== 'archive') {
    if (rule.to === undefined) return undefined
    const what = `The clean-up rule ${name} says where to archive, and does not archive`
    return complaint(loaded, path, { code, what, expected: 'do: archive' }, 'key')
  }
  if (rule.to === undefined) {
    const what = `The clean-up rule ${name} does not say where to archive`
    return complaint(
      loaded,
      path,
      { code, what, expected: 'to: {host: NAME, directory: /srv/archive}' },
      'key',
    )
  }
  if (rule.regenerable === true || name === oldKernels) {
    const what = `The clean-up rule ${name} archives what can be had again`
    return complaint(loaded, path, { code, what, expected: 'do: delete, or no "regenerable: true"' }, 'key')
  }
  const { host, directory } = rule.to
  if (!hosts.includes(host)) {
    const what = `The clean-up rule ${name} archives to a host that the estate does not have`
    return complaint(loaded, [...path, 'to', 'host'], {
      code: 'unknown-name',
      what,
      found: host,
      ...namedInstead(host, hosts),
    })
  }
  if (cleaned.includes(host)) {
    const what = `The clean-up rule ${name} archives to a host that it cleans up itself`
    const fix = 'Name another host, or give the rule `roles:` that leave this one out.'
    return complaint(loaded, [...path, 'to', 'host'], { code, what, found: host, fix })
  }
  const why = whyNotCleaned(directory)
  if (why === undefined) return undefined
  const what = `No archive may lie here: ${why}`
  const expected = 'an absolute path of two names or more, such as /srv/archive'
  return complaint(loaded, [...path, 'to', 'directory'], { code, what, found: directory, expected })
}
