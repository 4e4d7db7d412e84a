import type { ArchivePlace } from '../cleanup/archive.ts'
import type { Limit } from '../patrol/limits.ts'
import type { Schedule } from '../schedule/due.ts'
import type { CloudMonitoring } from '../../schemas/cloud-monitoring.ts'
import type { CloudWindows } from '../../schemas/cloud-windows.ts'
import type { Contact } from '../../schemas/estate.ts'
import type { Lock } from '../../schemas/offsite.ts'
import type { PatrolItem, PatrolPart } from '../../schemas/patrol.ts'
import type { PatchPolicy } from '../../schemas/policy.ts'
import type { Database, System, Traffic } from '../../schemas/system.ts'
import type { Window } from '../../schemas/window.ts'

/** A person or group, with the name that the estate refers to it by. */
export type ResolvedContact = Contact & { readonly id: string }

/** A secret by reference: an absolute path, a variable of the environment, or a command of the controller. */
export type ResolvedSecret =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly variable: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }

/** Where mails leave through. */
export type ResolvedMail = {
  readonly smtp: string
  readonly from: string
  readonly user?: string
  readonly password?: ResolvedSecret
}

/** A place that keeps heads: a file on a host of the estate, another machine (a file, or what its key may run), a command. */
export type ResolvedHeadPlace = { readonly name: string } & (
  | { readonly kind: 'host'; readonly host: string; readonly file: string }
  | { readonly kind: 'ssh'; readonly login: ResolvedLogin; readonly file?: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }
)

/** Who signs heads (`key`, an absolute path), who may have (`allowedSigners`, `signer`), and where heads are kept. */
export type ResolvedHeads = {
  readonly key: string
  readonly allowedSigners: string
  readonly signer: string
  readonly required: boolean
  readonly to: readonly ResolvedHeadPlace[]
}

/** A window: `startMs` is the wall clock since midnight, `durationMs` elapsed time, in a zone that is known. */
export type ResolvedWindow = {
  readonly name: string
  readonly days: Window['days']
  readonly startMs: number
  readonly durationMs: number
  readonly cutoffMs: number
  readonly timeZone: string
}

/** A freeze in epoch milliseconds, `toMs` not included; for all systems when none are named. */
export type ResolvedFreeze = {
  readonly name: string
  readonly fromMs: number
  readonly toMs: number
  readonly systems?: readonly string[]
}

/** How to log in to a host or jump host; `key` is an absolute path; `name` is the one in the estate. */
export type ResolvedLogin = {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  readonly auth: { readonly kind: 'key'; readonly path: string } | { readonly kind: 'agent' }
  readonly jump?: ResolvedLogin
}

/** How the log-in user becomes root; `nopasswd` is plain `sudo -n`. */
export type ResolvedSudo =
  | { readonly kind: 'none' }
  | { readonly kind: 'nopasswd' }
  | { readonly kind: 'wrapper'; readonly path: string }
  | { readonly kind: 'password'; readonly password: ResolvedSecret }

/** How to log in to a host and become root there. */
export type ResolvedConnection = ResolvedLogin & { readonly sudo: ResolvedSudo }

/** What a good HTTP answer is. */
export type HttpExpectation = { readonly status: number; readonly contains?: string }

/** What a probe asks, and from where: the controller, or the host's own loopback. */
export type ProbeQuestion =
  | ({ readonly kind: 'http'; readonly expect: HttpExpectation; readonly hostHeader?: string } & (
      | { readonly from: 'controller'; readonly url: string }
      | { readonly from: 'host'; readonly port: number; readonly path: string }
    ))
  | { readonly kind: 'tcp'; readonly from: 'controller'; readonly address: string; readonly port: number }
  | { readonly kind: 'tcp'; readonly from: 'host'; readonly port: number }
  | {
      readonly kind: 'sql'
      readonly database: string
      readonly port: number
      readonly query: string
      readonly expect: string
    }
  | { readonly kind: 'command'; readonly run: readonly string[]; readonly root: boolean }
  | {
      readonly kind: 'tryton'
      readonly url: string
      readonly database: string
      readonly user: string
      readonly password: ResolvedSecret
      readonly do: 'log-in' | 'order-entry' | 'new-customer'
    }

/** A probe with its name; an answer after `withinMs` is bad. */
export type NamedProbe = { readonly name: string; readonly withinMs: number } & ProbeQuestion

/** What the hosts of a role are and need. */
export type ResolvedRole = {
  readonly name: string
  readonly after: readonly string[]
  readonly services: readonly string[]
  readonly traffic?: Traffic
  readonly stateless: boolean
  readonly probes: readonly NamedProbe[]
}

/** A machine; `packages` other than apt has no driver and is never changed. */
export type ResolvedHost = {
  readonly name: string
  readonly system: string
  readonly ring: 'test' | 'production'
  readonly roles: readonly string[]
  readonly packages: 'apt' | 'dnf' | 'none'
  readonly connection: ResolvedConnection
  /** Mounts that a snapshot of the host may leave out. */
  readonly outsideSnapshot: readonly string[]
  readonly note?: string
}

/** A database, with the key that the estate names it by; `port` is the engine's own when none is given. */
export type ResolvedDatabase = Omit<Database, 'port'> & { readonly id: string; readonly port: number }

type Spans =
  'soak' | 'observe' | 'expected' | 'stepLimit' | 'keepSnapshots' | 'keepPackages' | 'confirmWithin'

/** The policy with nothing left open: durations in milliseconds; waves are cut when the hosts are known. */
export type ResolvedPolicy = Readonly<Omit<Required<PatchPolicy>, Spans>> & {
  readonly soakMs: number
  readonly observeMs: number
  readonly expectedMs: number
  readonly stepLimitMs: number
  readonly keepSnapshotsMs: number
  readonly keepPackagesMs: number
  readonly confirmWithinMs: number
}

/** A rule of clean-up with nothing left open: durations in milliseconds, sizes in bytes; `roles` null: all hosts. */
export type ResolvedCleanupRule = {
  readonly name: string
  readonly where: readonly string[]
  readonly what: readonly string[]
  readonly not: readonly string[]
  readonly olderThanMs: number
  /** What makes a file young: any change of it, or one of its content only. */
  readonly ageBy: 'ctime' | 'mtime'
  readonly keepNewest: number
  readonly capBytes: number | null
  /** Only on a file system that is at least that full; null: always. */
  readonly onlyAbovePercent: number | null
  readonly budget: { readonly files: number; readonly bytes: number }
  readonly do: 'delete' | 'compress' | 'truncate' | 'archive'
  /** With `archive`; the host is one of the estate. */
  readonly archiveTo?: ArchivePlace
  /** With `truncate`, so much of the end of each file stays. */
  readonly keepTailBytes: number | null
  /** The package manager says which kernels are old. */
  readonly kernels: boolean
  readonly regenerable: boolean
  /** journald closes its files first: only then are old entries in files that may go. */
  readonly rotatesJournal: boolean
  readonly mount: boolean
  readonly roles: readonly string[] | null
}

/** What inspections hold the hosts of a system against. */
export type ResolvedPatrol = {
  readonly limits: Readonly<Record<PatrolItem, Limit>>
  readonly wants: readonly PatrolPart[]
  readonly memoryFileSystems: readonly string[]
  readonly certificates: readonly string[]
}

/** A business system; `order` are its roles in levels, each level after the ones before it. */
export type ResolvedSystem = {
  readonly name: string
  readonly title: string
  readonly tier: System['tier']
  readonly serviceLevel: 'vip' | 'normal'
  readonly owner: ResolvedContact
  readonly liaison?: ResolvedContact
  readonly engineers: {
    readonly businessSystem?: ResolvedContact
    readonly database?: ResolvedContact
    readonly network?: ResolvedContact
  }
  readonly modules: readonly { readonly name: string; readonly critical: boolean }[]
  readonly middleware: readonly string[]
  readonly interfaces: readonly string[]
  readonly functions: readonly string[]
  readonly window?: ResolvedWindow
  readonly noticeMs: number
  readonly roles: Readonly<Record<string, ResolvedRole>>
  readonly order: readonly (readonly string[])[]
  readonly after: readonly string[]
  readonly hosts: readonly ResolvedHost[]
  readonly databases: readonly ResolvedDatabase[]
  readonly probes: { readonly test: readonly NamedProbe[]; readonly production: readonly NamedProbe[] }
  readonly policy: ResolvedPolicy
  readonly cleanup: { readonly quarantineMs: number; readonly rules: readonly ResolvedCleanupRule[] }
  readonly patrol: ResolvedPatrol
  readonly snapshot?: { readonly kind: 'nspawn'; readonly directory: string }
  readonly backup?: { readonly command: readonly string[]; readonly maxAgeMs: number }
}

/** A bucket for the backups of a tier; days are whole days of AWS; `approved` of a compliance lock: who agreed, when. */
export type ResolvedStore = {
  readonly tier: System['tier']
  readonly bucket: string
  readonly lock: { readonly mode: Lock['mode']; readonly days: number }
  readonly oldVersionDays: number
  readonly approved?: { readonly by: string; readonly on: string }
}

/** Where backups are kept away from the systems. */
export type ResolvedOffsite = {
  readonly account: string
  readonly region: string
  readonly keeper: string
  /** With what the secrets in the state of stacks are encrypted; without it the environment says. */
  readonly passphrase?: ResolvedSecret
  /** Directory of the lab's cloud, where that stands for AWS. */
  readonly lab?: string
  /** Bucket for the access logs of the stores. */
  readonly logBucket: string
  readonly stores: readonly ResolvedStore[]
}

/** A system's window as AWS Systems Manager takes it: a cron expression with seconds, and whole hours. */
export type ResolvedCloudWindow = {
  readonly system: string
  readonly tier: System['tier']
  readonly cron: string
  readonly timeZone: string
  readonly durationHours: number
  readonly cutoffHours: number
  /** Content of a change calendar that is shut in its freezes. */
  readonly freezes: string
}

/** The windows that AWS opens as well; `nudged` is the unit of the controller that goes on with rollouts. */
export type ResolvedCloudWindows = Required<CloudWindows> & {
  readonly nudged: string
  readonly windows: readonly ResolvedCloudWindow[]
}

/** The host in AWS that watches the estate; `runbooks` without a slash at its end. */
export type ResolvedCloudMonitoring = Readonly<Required<CloudMonitoring>>

/** What timers of the controller start, and when; null: not by a timer. */
export type ResolvedSchedule = {
  readonly patrol: Readonly<Record<System['tier'], Schedule | null>>
  readonly cleanup: Readonly<Record<System['tier'], Schedule | null>>
  readonly resumeEveryMs: number | null
  readonly spreadMs: number
  readonly user: string
  /** Absolute path of a file of variables. */
  readonly environment?: string
  /** Absolute path of the directory to which inspections write metrics. */
  readonly metrics?: string
}

/** The estate that all other code uses: every default filled in, every reference followed, every path absolute. */
export type ResolvedEstate = {
  readonly name: string
  readonly directory: string
  readonly digest: string
  readonly timeZone: string
  readonly stateDir: string
  readonly knownHosts: string
  readonly heads?: ResolvedHeads
  readonly mail?: ResolvedMail
  readonly offsite?: ResolvedOffsite
  readonly cloudWindows?: ResolvedCloudWindows
  readonly cloudMonitoring?: ResolvedCloudMonitoring
  readonly schedule: ResolvedSchedule
  readonly contacts: Readonly<Record<string, ResolvedContact>>
  readonly freezes: readonly ResolvedFreeze[]
  readonly order: readonly (readonly string[])[]
  readonly systems: Readonly<Record<string, ResolvedSystem>>
}
