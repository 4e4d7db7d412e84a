import type { PackageDriverName } from '../../core/estate/hosts.ts'
import type { PackageChange } from '../../schemas/plan.ts'

/** The host that steps are generated for, with all that shapes them. */
export type Subject = {
  readonly rollout: string
  readonly host: string
  readonly ring: 'test' | 'production'
  readonly roles: readonly string[]
  readonly services: readonly string[]
  /** Its package manager, when it is not apt. */
  readonly manager?: PackageDriverName
  readonly changes: readonly PackageChange[]
  /** Names of the probes of this host and of its system in its ring. */
  readonly probes: { readonly host: readonly string[]; readonly system: readonly string[] }
  /** How traffic is taken from this host, first to last; each on the named hosts. */
  readonly traffic: readonly TrafficControl[]
  /** Databases whose primary lies here. */
  readonly databases: readonly { readonly name: string; readonly port: number }[]
  /** Databases of its system whose primary lies on another host of its ring, which a package of this host may migrate. */
  readonly databasesElsewhere: readonly {
    readonly name: string
    readonly port: number
    readonly on: string
  }[]
  readonly snapshot: boolean
  /** Mounts that the snapshot may leave out. */
  readonly outsideSnapshot: readonly string[]
  readonly rehearsal: 'both' | 'snapshot' | 'packages' | 'none'
  readonly reboot: 'when-needed' | 'never'
  readonly observeMs: number
  readonly limitMs: number
  /** A host that no new login has confirmed so long after a change goes back by itself; 0: never. */
  readonly confirmMs: number
}

/** Commands that close and open a host or its whole system, and where they run. */
export type TrafficControl = {
  readonly scope: 'host' | 'system'
  readonly hosts: readonly string[]
  readonly close: readonly string[]
  readonly open: readonly string[]
}
