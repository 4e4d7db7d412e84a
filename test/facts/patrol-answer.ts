import type { Figure, Look } from '../../core/patrol/figure.ts'
import type { Answer } from '../../playbooks/facts/answer.ts'
import { type Before, readLook, type Times, type Wanted } from '../../playbooks/facts/patrol.ts'

/** Parts of an inspection by name; a text alone is that of a command that succeeded, null is a part that is missing. */
export type Parts = Readonly<
  Record<string, string | Buffer | { readonly code: number; readonly text: string } | null>
>

export const bootId = '0f5b8a1c-93f1-48d3-bfbf-74426eaa229a'
/** The controller asked at this time (ms) and had its answer 3 s later. */
export const times: Times = { before: 1_795_000_000_000, after: 1_795_000_003_000 }
/** The estate wants nothing in particular. */
export const nothingWanted: Wanted = {
  services: [],
  failedBefore: [],
  memoryFileSystems: [],
  certificates: [],
  engines: [],
  mariadb: false,
  packages: 'apt',
  parts: [],
}
/** There was no inspection before. */
export const nothingBefore: Before = { memory: undefined, time: null }

/** Round trips (ms) of a good network. */
export const roundTrips = [1, 2, 1, 9, 1]

const header = 'Filesystem Type 1-blocks Used Available Capacity Mounted on\n'
const block = (name: string, reads: number, readMs: number, busyMs: number, inFlight = 0) =>
  `   8       0 ${name} ${reads} 0 0 ${readMs} 0 0 0 0 ${inFlight} ${busyMs} 0 0 0 0 0 0 0\n`

/** Lines of df behind its header: device, type, size, used, free, mount. */
export function df(
  ...rows: readonly (readonly [string, string, number | string, number | string, number | string, string])[]
): string {
  return (
    header +
    rows
      .map(([device, type, size, used, free, at]) => `${device} ${type} ${size} ${used} ${free} 1% ${at}\n`)
      .join('')
  )
}

/** Lines of /proc/diskstats for one disk: reads, their ms, ms in which it was busy, requests in flight. */
export const blocks = block

/** Lines of /proc/stat on two processors: user, nice, system, idle, iowait, irq, softirq, steal, guest. */
export function processor(...columns: readonly number[]): string {
  const line = columns.join(' ')
  return `cpu  ${line}\ncpu0 ${line}\ncpu1 ${line}\n`
}

/** Lines of /proc/net/dev for one link: errors and drops that came in. */
export function link(name: string, errors: number, drops: number): string {
  return `Inter-|   Receive  |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
  lo: 8 2 99 99 0 0 0 0 8 2 0 0 0 0 0 0
${name}: 8 2 ${errors} ${drops} 0 0 0 0 8 2 0 0 0 0 0 0
`
}

/** A real machine on which all is well; in two seconds each of 400 ticks of its processors was idle but 40. */
export const goodHost: Parts = {
  'boot-first': `${bootId}\n`,
  'uptime-first': '1000.00 900.00\n',
  'processor-first': processor(1000, 0, 500, 9000, 100, 0, 0, 10, 0, 0),
  'blocks-first': block('sda', 100, 500, 100),
  'net-first': link('eth0', 5, 5),
  'group-first': { code: 1, text: '' },
  container: 'none\n',
  'group-room': { code: 1, text: '' },
  load: '0.50 0.40 0.30 1/200 4242\n',
  memory:
    'MemTotal:       1000000 kB\nMemFree:         100000 kB\nMemAvailable:    600000 kB\nCached:          500000 kB\nSwapTotal:       100000 kB\nSwapFree:        100000 kB\n',
  pressure: ['cpu', 'io', 'memory']
    .map((of) =>
      ['some', 'full'].map((kind) => `${of} ${kind} avg10=1.00 avg60=1.50 avg300=1.00 total=99\n`).join(''),
    )
    .join(''),
  oom: '0\n',
  connections: '100 1000\n',
  time: `${times.before + 500}\n`,
  disks: df(['/dev/sda1', 'ext4', 1000, 300, 650, '/']),
  inodes: df(['/dev/sda1', 'ext4', 1000, 100, 900, '/']),
  mounts: 'rw ext4 /\n',
  fstab: '',
  failed: '',
  clock: 'yes\n',
  reboot: '',
  kernels: '6.1.0-28-amd64\n6.1.0-28-amd64\n',
  restarts: '',
  sensors: 'hwmon0/temp1 45000 100000\n',
  power: 'AC Mains 1 -\n',
  'block-health': 'sda 0\n',
  'thin-pools':
    'vg-pool-tpool: 0 204800 thin-pool 1 100/1000 200/1000 - rw discard_passdown queue_if_no_space - 1024\n',
  'zfs-pools': '',
  'btrfs-pools': '',
  connection: '0 40\n',
  certificates: '',
  manager: 'apt\n',
  indexes: `${times.before / 1000 - 3600}\n`,
  updates: '',
  logins: `until ${Math.floor(times.before / 1000)} journal\nfrom 1700000000\n`,
  'postgresql-engines': '\n',
  'group-last': { code: 1, text: '' },
  'net-last': link('eth0', 5, 5),
  'blocked-first': '',
  'blocked-last': '',
  'blocks-last': block('sda', 120, 560, 300),
  'processor-last': processor(1030, 0, 510, 9360, 100, 0, 0, 10, 0, 0),
  'uptime-last': '1002.00 901.80\n',
  'boot-last': `${bootId}\n`,
}

/** An answer of the host `recorded`: that of the good host with these parts instead. */
export function answerWith(changed: Parts, good: Parts = goodHost): Answer {
  const sections = Object.entries({ ...good, ...changed }).flatMap(([name, part]) => {
    if (part === null) return []
    if (typeof part === 'string' || Buffer.isBuffer(part))
      return [[name, { code: 0, bytes: Buffer.from(part) }] as const]
    return [[name, { code: part.code, bytes: Buffer.from(part.text) }] as const]
  })
  return { host: 'recorded', complaints: '', sections: new Map(sections) }
}

/** The same as text that a host prints. */
export function framed(changed: Parts): string {
  const { sections } = answerWith(changed)
  const lines = [...sections].map(
    ([name, { code, bytes }]) => `@${name} ${bytes.toString('base64')} ${code}\n`,
  )
  return `${lines.join('')}@end ${sections.size}\n`
}

/** What is read from the good host with these parts instead. */
export function look(
  changed: Parts,
  wanted: Partial<Wanted> = {},
  last: Before = nothingBefore,
  around: Times = times,
): Look {
  return readLook(answerWith(changed), { ...nothingWanted, ...wanted }, { times: around, last, roundTrips })
}

/** What was seen of an item: `name=value`, `name=unknown` or `name=absent`, numbers to one digit. */
export function seen(
  changed: Parts,
  item: Figure['item'],
  wanted: Partial<Wanted> = {},
  last: Before = nothingBefore,
  around: Times = times,
): readonly string[] {
  return look(changed, wanted, last, around)
    .figures.filter((figure) => figure.item === item)
    .map(
      (figure) => `${figure.of}=${figure.state === 'seen' ? Number(figure.value.toFixed(1)) : figure.state}`,
    )
}
