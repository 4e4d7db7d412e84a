import type { PatrolItem } from '../../schemas/patrol.ts'
import { type Item, least, most } from './item.ts'

/** Work in batches waits by its nature; nobody sits before it. */
const batches = { office: { warning: 40 }, data: { warning: 40 } }

/** Figures of the machine: processor, memory, disks, links, units, hardware. */
export const machineItems = {
  cpu: {
    title: 'processor in use',
    unit: '%',
    limit: most(70, 90, 10),
    source: 'R2.1 "CPU use <= 70 %"; time that waits for disks, or was stolen, is not use',
    lasts: true,
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
    lasts: true,
  },
  pressureCpu: {
    title: 'waited for processor',
    unit: '%',
    limit: most(20, 60, 5),
    tiers: batches,
    source: 'R2.1: some task waited (avg60 of PSI), node-mixin has 0.2 over 15 min',
    lasts: true,
  },
  pressureIo: {
    title: 'waited for disks',
    unit: '%',
    limit: most(20, 60, 5),
    tiers: batches,
    source: 'R2.1 "disk I/O": some task waited (avg60 of PSI)',
    lasts: true,
  },
  pressureMemory: {
    title: 'waited for memory',
    unit: '%',
    limit: most(10, 30, 3),
    source: 'R2.1: half of the others, for whoever waits for memory does nothing else',
    lasts: true,
  },
  memory: {
    title: 'memory in use',
    unit: '%',
    limit: most(80, 95, 5),
    source:
      'R2.1 "memory <= 80 %": 1 - MemAvailable/MemTotal; MemFree + Cached would count what can not be dropped',
    lasts: true,
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
    lasts: true,
  },
  inodesFree: {
    title: 'inodes free',
    unit: '%',
    limit: least(20, 10, 2),
    source: 'R2.1, as for bytes: without an inode no byte is written',
    lasts: true,
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
    lasts: true,
  },
  netErrors: {
    title: 'network errors',
    unit: '/s',
    limit: most(1, 10, 0.5),
    source: 'R2.1 "network": a good link has none',
    lasts: true,
  },
  netDrops: {
    title: 'network drops',
    unit: '/s',
    limit: most(10, 100, 5),
    source: 'R2.1 "loss": broadcasts that nobody wants are dropped too',
    lasts: true,
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
    lasts: true,
  },
  power: {
    title: 'power supply out',
    unit: '',
    limit: most(0, null, 0),
    source: 'R2.1 "power": off line, or a battery that empties',
    lasts: true,
  },
  diskHealth: {
    title: 'disk health',
    unit: '',
    limit: most(0, 1, 0),
    source: 'R2.1 "disk health": smartctl says 1 for past a limit of its maker, 2 for failing',
    lasts: true,
  },
  fileSystems: {
    title: 'file system lost or read-only',
    unit: '',
    limit: most(0, 0, 0),
    source:
      'R2.1 "disk health": what /etc/fstab or the last inspection has writable; a kernel that meets errors makes it read-only',
  },
  blockedTasks: {
    title: 'tasks stuck in the kernel',
    unit: '',
    limit: most(0, 4, 0),
    source: 'R2.1 "disk I/O": in state D at both readings and never on a processor in between',
  },
  poolFree: {
    title: 'pool free',
    unit: '%',
    limit: least(20, 10, 2),
    source: 'R2.1 "free disk >= 20 %" for thin pools (data, metadata), ZFS pools and the metadata of btrfs',
    lasts: true,
  },
  poolHealth: {
    title: 'pool health',
    unit: '',
    limit: most(0, 1, 0),
    source: 'R2.1 "disk health": 1 for a pool without its spare part, 2 for one that can not be written to',
    lasts: true,
  },
  latency: {
    title: 'network latency',
    unit: 'ms',
    limit: most(100, 500, 10),
    source:
      'R2.1 "latency": the middle one of five round trips from the controller; 100 ms is what a person feels',
  },
  loss: {
    title: 'network loss',
    unit: '%',
    limit: most(2, 10, 0.5),
    source: 'R2.1 "loss": segments that the host sent to the controller again; 2 % halves what TCP carries',
  },
} satisfies Partial<Record<PatrolItem, Item>>
