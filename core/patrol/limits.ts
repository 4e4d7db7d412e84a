import type { Estate } from '../../schemas/estate.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import type { System } from '../../schemas/system.ts'
import type { Tier } from '../estate/tiers.ts'

/**
 * Limits of one figure. `most`: beyond is more than the limit; `least`: less than it. A level that was reached ends only
 * `margin` on the good side of its limit. `critical` null: the figure is never more than a warning.
 */
export type Limit = {
  readonly side: 'most' | 'least'
  readonly warning: number
  readonly critical: number | null
  readonly margin: number
}

/** What a figure is called, its unit, its limits, and the row or rule that they come from. */
export type Item = {
  readonly title: string
  readonly unit: '%' | 'ms' | 's' | '/s' | ''
  readonly limit: Limit
  /** Where a tier has other limits than the rest. */
  readonly tiers?: Partial<Readonly<Record<Tier, Partial<Limit>>>>
  readonly source: string
}

const most = (warning: number, critical: number | null, margin: number): Limit => ({
  side: 'most',
  warning,
  critical,
  margin,
})
const least = (warning: number, critical: number | null, margin: number): Limit => ({
  side: 'least',
  warning,
  critical,
  margin,
})
/** Work in batches waits by its nature; nobody sits before it. */
const batches = { office: { warning: 40 }, data: { warning: 40 } }

/** Every figure of an inspection. */
export const items: Readonly<Record<PatrolItem, Item>> = {
  cpu: {
    title: 'processor in use',
    unit: '%',
    limit: most(70, 90, 10),
    source: 'R2.1 "CPU use <= 70 %"; time that waits for disks, or was stolen, is not use',
  },
  steal: {
    title: 'processor stolen',
    unit: '%',
    limit: most(10, 20, 2),
    source: 'R2.1; Netdata warns at 5 to 10 % over 20 min: taken by the hypervisor, so not use',
  },
  ioWait: {
    title: 'processor idle for disks',
    unit: '%',
    limit: most(20, 50, 5),
    source: 'R2.1 "disk I/O"; a shade of idle: its own rule, beside pressure',
  },
  load: {
    title: 'load per processor',
    unit: '',
    limit: most(2, 4, 0.5),
    source: 'R2.1: twice as many that want to run as can',
  },
  pressureCpu: {
    title: 'waited for processor',
    unit: '%',
    limit: most(20, 60, 5),
    tiers: batches,
    source: 'R2.1: some task waited (avg60 of PSI), node-mixin has 0.2 over 15 min',
  },
  pressureIo: {
    title: 'waited for disks',
    unit: '%',
    limit: most(20, 60, 5),
    tiers: batches,
    source: 'R2.1 "disk I/O": some task waited (avg60 of PSI)',
  },
  pressureMemory: {
    title: 'waited for memory',
    unit: '%',
    limit: most(10, 30, 3),
    source: 'R2.1: half of the others, for whoever waits for memory does nothing else',
  },
  memory: {
    title: 'memory in use',
    unit: '%',
    limit: most(80, 95, 5),
    source:
      'R2.1 "memory <= 80 %": 1 - MemAvailable/MemTotal; MemFree + Cached would count what can not be dropped',
  },
  swap: {
    title: 'swap in use',
    unit: '%',
    limit: most(50, 80, 5),
    source: 'R2.1: what memory overflows into',
  },
  oomKills: {
    title: 'processes ended for want of memory',
    unit: '',
    limit: most(0, 4, 0),
    source: 'R2.7: since the last inspection; one is too many',
  },
  diskFree: {
    title: 'disk free',
    unit: '%',
    limit: least(20, 10, 2),
    source: 'R2.1 "free disk >= 20 %": avail/size, what a service can have; reserved blocks are not free',
  },
  inodesFree: {
    title: 'inodes free',
    unit: '%',
    limit: least(20, 10, 2),
    source: 'R2.1, as for bytes: without an inode no byte is written',
  },
  memoryFileSystemFree: {
    title: 'memory file system free',
    unit: '%',
    limit: least(20, 10, 2),
    source: 'R2.1, for those that the estate names: a full one hurts like a full disk',
  },
  diskAwait: {
    title: 'disk answers after',
    unit: 'ms',
    limit: most(20, 100, 5),
    source: 'R2.1 "disk I/O": Zabbix has 20 ms; held only against a disk that was busy 80 % of the time',
  },
  netErrors: {
    title: 'network errors',
    unit: '/s',
    limit: most(1, 10, 0.5),
    source: 'R2.1 "network": a good link has none',
  },
  netDrops: {
    title: 'network drops',
    unit: '/s',
    limit: most(10, 100, 5),
    source: 'R2.1 "loss": broadcasts that nobody wants are dropped too',
  },
  connections: {
    title: 'connections tracked',
    unit: '%',
    limit: most(80, 95, 5),
    source: 'R2.2 "connections <= 80 % of the maximum": here those that the firewall can hold',
  },
  services: {
    title: 'service',
    unit: '',
    limit: most(0, 0, 0),
    source: 'R2.2 "middleware state": what the estate says must run',
  },
  failedUnits: {
    title: 'failed unit',
    unit: '',
    limit: most(0, null, 0),
    source: 'R2.7: systemd itself calls it failed',
  },
  clockSync: {
    title: 'clock not synchronised',
    unit: '',
    limit: most(0, null, 0),
    source: 'R2.7: logs of several hosts are put in order by their clocks',
  },
  clockSkew: {
    title: 'clock differs',
    unit: 's',
    limit: most(2, 60, 0),
    source: 'signatures and TLS bear minutes; from the controller, beyond what the way explains',
  },
  reboot: {
    title: 'reboot needed',
    unit: '',
    limit: most(0, null, 0),
    source: 'R3.1: patched, and not yet in use',
  },
  restarts: {
    title: 'runs replaced files',
    unit: '',
    limit: most(0, null, 0),
    source: 'R3.1: patched, and not yet in use',
  },
  temperature: {
    title: 'temperature, of its critical one',
    unit: '%',
    limit: most(85, 95, 3),
    source:
      'R2.1 "temperature": of what the sensor itself calls critical, 100 degrees Celsius where it does not',
  },
  power: {
    title: 'power supply out',
    unit: '',
    limit: most(0, null, 0),
    source: 'R2.1 "power": off line, or a battery that empties',
  },
  diskHealth: {
    title: 'disk health',
    unit: '',
    limit: most(0, 1, 0),
    source: 'R2.1 "disk health": smartctl says 1 for past a limit of its maker, 2 for failing',
  },
}

/** Limits of every figure for a system: the tier's own, over them the estate's `patrol:`, over them the system's. */
export function limitsOf(estate: Estate, system: System): Readonly<Record<PatrolItem, Limit>> {
  const { tier } = system
  return Object.fromEntries(
    (Object.entries(items) as [PatrolItem, Item][]).map(([name, item]) => [
      name,
      {
        ...item.limit,
        ...item.tiers?.[tier],
        ...estate.patrol?.[tier]?.limits?.[name],
        ...system.patrol?.limits?.[name],
      },
    ]),
  ) as Readonly<Record<PatrolItem, Limit>>
}
