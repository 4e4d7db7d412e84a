import type { CleanupRule } from '../../schemas/cleanup.ts'
import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { Path } from '../../schemas/source.ts'
import { durationMs } from '../duration.ts'
import {
  mostRules,
  namedRules,
  oldKernels,
  shortestQuarantineMs,
  writtenRules,
  youngestMs,
} from './cleanup.ts'
import { complaint, listed, namedInstead } from './complaint.ts'
import { whyNotCleaned, whyNoGlob } from './cleanup-path.ts'

/** Each rule of clean-up looks only into directories that may be cleaned, by globs that can not leave them. */
export function* cleanupRulesAreSafe(loaded: LoadedEstate): Generator<Placed> {
  for (const { path, rule } of placedRules(loaded)) {
    for (const [index, where] of (rule.where ?? []).entries()) {
      const why = whyNotCleaned(where)
      if (why !== undefined) {
        const what = `No rule may clean this: ${why}`
        yield complaint(loaded, [...path, 'where', index], {
          code: 'cleanup-path',
          what,
          found: where,
          expected: 'an absolute path of two names or more (or /tmp), such as /srv/erp/exports',
          fix: 'Name the directory whose files may go, as deep as it can be named.',
        })
        continue
      }
      const outer = (rule.where ?? []).find(
        (other) => whyNotCleaned(other) === undefined && where.startsWith(`${other}/`),
      )
      if (outer !== undefined) {
        const what = `This directory lies in another one of the same rule, so that its files would count twice`
        yield complaint(loaded, [...path, 'where', index], {
          code: 'cleanup-nested',
          what,
          found: `${where} in ${outer}`,
        })
      }
    }
    for (const key of ['what', 'not'] as const) {
      for (const [index, glob] of (rule[key] ?? []).entries()) {
        const why = whyNoGlob(glob)
        if (why === undefined) continue
        yield complaint(loaded, [...path, key, index], {
          code: 'cleanup-glob',
          what: `This is no glob over a path below a directory: ${why}`,
          found: glob,
          expected: '*.log, **/*.gz, session-*/ and the like',
        })
      }
    }
    const tree = (rule.what ?? []).findIndex((glob) => glob.endsWith('/'))
    if ((rule.do === 'compress' || rule.do === 'truncate') && tree >= 0) {
      const done = rule.do === 'compress' ? 'compressed' : 'cut down to their end'
      const what = `Only files are ${done}, and this names directories as a whole`
      const found = rule.what?.[tree] ?? ''
      yield complaint(loaded, [...path, 'what', tree], {
        code: 'cleanup-compress',
        what,
        found,
        expected: '**/*.log',
      })
    }
    if (rule.olderThan !== undefined && durationMs(rule.olderThan) < youngestMs) {
      const what = 'What was changed so short a time ago may be in use by what opens it again and again'
      yield complaint(loaded, [...path, 'olderThan'], {
        code: 'cleanup-age',
        what,
        found: rule.olderThan,
        expected: '1h or more',
      })
    }
  }
}

/** A quarantine is long enough for somebody to miss what is in it, and no system has more rules than an answer has room for. */
export function* cleanupIsWithinBounds(loaded: LoadedEstate): Generator<Placed> {
  const { estate } = loaded
  const written = [
    ...Object.entries(estate.tiers ?? {}).map(([name, { cleanup }]) => ({ path: ['tiers', name], cleanup })),
    ...Object.entries(estate.systems).map(([name, { cleanup }]) => ({ path: ['systems', name], cleanup })),
  ]
  for (const { path, cleanup } of written) {
    const quarantine = cleanup?.quarantine
    if (quarantine === undefined || durationMs(quarantine) >= shortestQuarantineMs) continue
    yield complaint(loaded, [...path, 'cleanup', 'quarantine'], {
      code: 'cleanup-quarantine',
      what: 'What was taken by mistake is missed later than that',
      found: quarantine,
      expected: '1d or more; what can be had again needs no quarantine (regenerable: true)',
    })
  }
  for (const [name, system] of Object.entries(estate.systems)) {
    const count = Object.keys(writtenRules(estate, system)).length
    if (count <= mostRules) continue
    const path = system.cleanup === undefined ? ['systems', name] : ['systems', name, 'cleanup']
    yield complaint(loaded, path, {
      code: 'cleanup-rules',
      what: `The system ${name} has more rules of clean-up than the answer of a host has room for, with those of its tier`,
      found: `${count} rules`,
      expected: `at most ${mostRules}; a rule may name several directories and globs`,
    })
  }
}

/** Each rule that a system has says all that a rule needs, or has a name that does; its roles exist. */
export function* cleanupRulesAreWhole(loaded: LoadedEstate): Generator<Placed> {
  const { estate } = loaded
  for (const [name, system] of Object.entries(estate.systems)) {
    for (const [ruleName, rule] of Object.entries(writtenRules(estate, system))) {
      const own = Object.hasOwn(system.cleanup?.rules ?? {}, ruleName)
      const path = own
        ? ['systems', name, 'cleanup', 'rules', ruleName]
        : ['tiers', system.tier, 'cleanup', 'rules', ruleName]
      const missing = needed(ruleName, rule).filter((key) => rule[key] === undefined)
      if (rule.off !== true && missing.length > 0) {
        const what = `The clean-up rule ${ruleName} does not say ${missing.join(', ')}, and has no name that does`
        const expected = `its own ${missing.join(', ')}, or one of the names ${listed(Object.keys(namedRules))}`
        const { fix } = namedInstead(ruleName, Object.keys(namedRules))
        const said = { code: 'cleanup-rule', what, expected, ...(fix === undefined ? {} : { fix }) }
        yield complaint(loaded, path, said, 'key')
      }
      if (rule.off !== true && rule.do === 'truncate' && rule.regenerable !== true) {
        const what = `The clean-up rule ${ruleName} cuts files where they are, which no undo brings back, and does not say that this is meant`
        yield complaint(
          loaded,
          path,
          { code: 'cleanup-truncate', what, expected: 'regenerable: true' },
          'key',
        )
      }
      if (ruleName === oldKernels && (rule.where !== undefined || rule.what !== undefined)) {
        const what =
          'The clean-up rule old-kernels looks into no directory: the package manager says which kernels are old'
        yield complaint(loaded, path, { code: 'cleanup-kernels', what, expected: `${oldKernels}: {}` }, 'key')
      }
      // A rule of the tier is for those of its systems that have the role.
      for (const [index, role] of (own ? (rule.roles ?? []) : []).entries()) {
        if (Object.hasOwn(system.roles, role)) continue
        const what = `The clean-up rule ${ruleName} names a role that the system ${name} does not have`
        const instead = namedInstead(role, Object.keys(system.roles))
        yield complaint(loaded, [...path, 'roles', index], {
          code: 'unknown-name',
          what,
          found: role,
          ...instead,
        })
      }
    }
  }
}

function needed(name: string, rule: CleanupRule): readonly ('where' | 'what' | 'olderThan')[] {
  if (name === oldKernels) return []
  return rule.do === 'truncate' ? ['where', 'what'] : ['where', 'what', 'olderThan']
}

function placedRules({
  estate,
}: LoadedEstate): readonly { readonly path: Path; readonly rule: CleanupRule }[] {
  const tiers = Object.entries(estate.tiers ?? {}).map(
    ([tier, { cleanup }]) => [['tiers', tier, 'cleanup', 'rules'], cleanup] as const,
  )
  const systems = Object.entries(estate.systems).map(
    ([name, { cleanup }]) => [['systems', name, 'cleanup', 'rules'], cleanup] as const,
  )
  return [...tiers, ...systems].flatMap(([path, cleanup]) =>
    Object.entries(cleanup?.rules ?? {}).map(([name, rule]) => ({ path: [...path, name], rule })),
  )
}
