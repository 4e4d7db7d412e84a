import type { CleanupRule } from '../../schemas/cleanup.ts'
import type { Estate } from '../../schemas/estate.ts'
import type { System } from '../../schemas/system.ts'
import { durationMs } from '../duration.ts'
import type { ResolvedCleanupRule, ResolvedSystem } from './resolved.ts'

const journald = 'journald'
/** Kernels are not found by globs: the package manager says which of them are old. */
export const oldKernels = 'old-kernels'

// Who logged in and what was audited: held longer than other logs, since most attacks are found months later.
const securityLogs = [
  'audit',
  'auth.log',
  'secure',
  'wtmp',
  'btmp',
  'sudo.log',
  'faillog',
  'lastlog',
  'tallylog',
]

/** Rules whose names bring their own defaults; each is used only where the estate names it. */
export const namedRules: Readonly<Record<string, CleanupRule>> = {
  'rotated-logs': {
    where: ['/var/log'],
    what: ['**/*.gz', '**/*.xz', '**/*.bz2', '**/*.zst', '**/*.old', '**/*.[0-9]', '**/*.[0-9][0-9]'],
    not: ['journal/', 'private/', ...securityLogs.flatMap((name) => [`**/${name}`, `**/${name}[.-]*`])],
    olderThan: '30d',
    // logrotate gives each file another name with every turn.
    ageBy: 'mtime',
    mount: true,
  },
  // The same with the time that security wants; the file that is written to has no ending.
  'security-logs': {
    where: ['/var/log'],
    what: securityLogs.flatMap((name) => [`**/${name}[.-]*`]).concat('audit/audit.log.*'),
    not: ['journal/'],
    olderThan: '180d',
    ageBy: 'mtime',
    mount: true,
  },
  // Only files that journald has closed; what it still writes to is open, and stays.
  [journald]: {
    where: ['/var/log/journal'],
    what: ['*/*@*.journal', '*/*@*.journal~'],
    // Log-ins and audit are in it, and nowhere else on a host without rsyslog.
    olderThan: '180d',
    regenerable: true,
    mount: true,
    budget: { bytes: '20G' },
  },
  'apt-cache': {
    where: ['/var/cache/apt/archives'],
    what: ['*.deb', 'partial/*'],
    olderThan: '1d',
    regenerable: true,
    budget: { bytes: '20G' },
  },
  'dnf-cache': {
    where: ['/var/cache/dnf', '/var/cache/yum'],
    what: ['**/*.rpm'],
    olderThan: '1d',
    regenerable: true,
    budget: { bytes: '20G' },
  },
  [oldKernels]: { regenerable: true, budget: { files: 60, bytes: '10G' } },
  // What systemd-tmpfiles does not do: it counts age per file and not per tree, and spares no open file.
  'temporary-files': {
    where: ['/tmp', '/var/tmp'],
    what: ['*', '*/'],
    not: ['upkeep-*', 'upkeep-*/'],
    olderThan: '30d',
    mount: true,
  },
}

/** What can be brought back: over two weekends, for what is missed at the start of the week after. */
const quarantineDefault = '10d'
/** Deletion budget of one rule on one host where the estate sets none: more than a day brings, less than a mistake costs. */
const budgetDefault = { files: 10_000, bytes: '5G' } as const
/** What an archive leaves free on the other host: ext4's own reserve is half of it, and the disks of inspections warn at 20 %. */
export const archiveReserve = '10%'
/** Of a log that is cut, the last day or so is what people look for. */
const keepTailDefault = '16M'
/** A quarantine is for what is missed later, and it is missed on a working day. */
export const shortestQuarantineMs = 86_400_000
/** Rules of one system: the answer of a host has room for the figures of so many. */
export const mostRules = 100
/** Nothing that was changed within this time is old, whatever a rule says. */
export const youngestMs = 3_600_000

/** The rules of a system as written: those of its tier, over them its own of the same name; `off` ones too. */
export function writtenRules(estate: Estate, system: System): Readonly<Record<string, CleanupRule>> {
  const ofTier = estate.tiers?.[system.tier]?.cleanup?.rules ?? {}
  const own = system.cleanup?.rules ?? {}
  const names = [...new Set([...Object.keys(ofTier), ...Object.keys(own)])]
  return Object.fromEntries(
    names.map((name) => {
      const named = of(namedRules, name)
      const rule = { ...named, ...of(ofTier, name), ...of(own, name) }
      // What a known name spares, it spares whatever else is said.
      const not = [...new Set([...(named.not ?? []), ...(rule.not ?? [])])]
      return [name, not.length === 0 ? rule : { ...rule, not }]
    }),
  )
}

/** The rules of a system with nothing left open, in the order of the estate. */
export function resolvedCleanup(estate: Estate, system: System): ResolvedSystem['cleanup'] {
  const quarantine =
    system.cleanup?.quarantine ?? estate.tiers?.[system.tier]?.cleanup?.quarantine ?? quarantineDefault
  const rules = Object.entries(writtenRules(estate, system)).filter(([, { off }]) => off !== true)
  return { quarantineMs: durationMs(quarantine), rules: rules.map(([name, rule]) => resolved(name, rule)) }
}

function resolved(name: string, rule: CleanupRule): ResolvedCleanupRule {
  const { where = [], what = [] } = rule
  const needsNoAge = rule.do === 'truncate' || name === oldKernels
  const olderThan = rule.olderThan ?? (needsNoAge ? '0s' : undefined)
  if (olderThan === undefined) throw new Error(`the clean-up rule "${name}" was not checked`)
  return {
    name,
    where,
    what,
    not: rule.not ?? [],
    olderThanMs: durationMs(olderThan),
    ageBy: rule.ageBy ?? 'ctime',
    keepNewest: rule.keepNewest ?? 0,
    capBytes: rule.cap === undefined ? null : sizeBytes(rule.cap),
    onlyAbovePercent: rule.onlyAbove === undefined ? null : Number.parseInt(rule.onlyAbove, 10),
    budget: {
      files: rule.budget?.files ?? budgetDefault.files,
      bytes: sizeBytes(rule.budget?.bytes ?? budgetDefault.bytes),
    },
    do: rule.do ?? 'delete',
    ...(rule.to === undefined
      ? {}
      : { archiveTo: { ...rule.to, reserve: rule.to.reserve ?? archiveReserve } }),
    keepTailBytes: rule.do === 'truncate' ? sizeBytes(rule.keepTail ?? keepTailDefault) : null,
    kernels: name === oldKernels,
    regenerable: rule.regenerable === true,
    rotatesJournal: name === journald,
    mount: rule.mount === true,
    roles: rule.roles ?? null,
  }
}

/** Bytes of a size such as 2G. */
export function sizeBytes(size: string): number {
  const power = 'KMGT'.indexOf(size.at(-1) ?? '') + 1
  return Number.parseInt(size, 10) * 1024 ** power
}

function of(rules: Readonly<Record<string, CleanupRule>>, name: string): CleanupRule {
  return Object.hasOwn(rules, name) ? (rules[name] ?? {}) : {}
}
