import type { PatrolItem } from '../../schemas/patrol.ts'

/** A figure of inspections as Prometheus measures it all the time, and how long it must be beyond its limit. */
export type Measure = {
  readonly item: PatrolItem
  readonly alert: string
  readonly record: string
  readonly expr: string
  /** How much of the unit of the expression one unit of the limit is. */
  readonly factor: number
  readonly for: string
  /** So long after the figure is good again the alert ends: one that comes and goes is one. */
  readonly keep: string
  /** What is said of it behind the name of the host; a template. */
  readonly says: string
}

const node = 'job="node"'
const rate = (metric: string, more = '') => `rate(${metric}{${node}${more}}[5m])`
const share = '{{ $value | humanizePercentage }}'
const perProcessor = (modes: string) =>
  `avg without (cpu) (sum without (mode) (${rate('node_cpu_seconds_total', `,mode${modes}`)}))`
/** Full by their nature, in memory, or another one seen twice: the exporter of Debian leaves out most of them by itself. */
const disks = `{${node},fstype!~"tmpfs|ramfs|squashfs|overlay|iso9660|nfs.*|cifs|fuse.*"}`
const disk = '{{ $labels.mountpoint }} of {{ $labels.host }}'

/** File systems that a forecast is made for, as the metric of what a service can have of them. */
export const diskAvailable = `node_filesystem_avail_bytes${disks}`
/** Free share of a disk. */
export const diskFreeRecord = 'upkeep:disk_free:ratio'

/** Measures of the machine; the limits are those of the items, `for` is what of node-mixin or of the item's own source. */
const machineMeasures: readonly Measure[] = [
  {
    item: 'cpu',
    alert: 'HostProcessorBusy',
    record: 'upkeep:cpu:ratio',
    // Not 1 - idle: of a host that has just begun a rate is too small.
    expr: perProcessor('!~"idle|iowait|steal"'),
    factor: 0.01,
    for: '10m',
    keep: '5m',
    says: `{{ $labels.host }}: ${share} of the processors are in use`,
  },
  {
    item: 'steal',
    alert: 'HostProcessorStolen',
    record: 'upkeep:steal:ratio',
    expr: perProcessor('="steal"'),
    factor: 0.01,
    for: '20m',
    keep: '5m',
    says: `{{ $labels.host }}: its hypervisor takes ${share} of the processors`,
  },
  {
    item: 'ioWait',
    alert: 'HostIoWait',
    record: 'upkeep:io_wait:ratio',
    expr: perProcessor('="iowait"'),
    factor: 0.01,
    for: '15m',
    keep: '5m',
    says: `{{ $labels.host }}: processors are idle for disks ${share} of the time`,
  },
  {
    item: 'pressureCpu',
    alert: 'HostPressureCpu',
    record: 'upkeep:pressure_cpu:ratio',
    expr: rate('node_pressure_cpu_waiting_seconds_total'),
    factor: 0.01,
    for: '15m',
    keep: '5m',
    says: `{{ $labels.host }}: some task waited for a processor ${share} of the time`,
  },
  {
    item: 'pressureIo',
    alert: 'HostPressureIo',
    record: 'upkeep:pressure_io:ratio',
    expr: rate('node_pressure_io_waiting_seconds_total'),
    factor: 0.01,
    for: '15m',
    keep: '5m',
    says: `{{ $labels.host }}: some task waited for a disk ${share} of the time`,
  },
  {
    item: 'pressureMemory',
    alert: 'HostPressureMemory',
    record: 'upkeep:pressure_memory:ratio',
    expr: rate('node_pressure_memory_waiting_seconds_total'),
    factor: 0.01,
    for: '10m',
    keep: '5m',
    says: `{{ $labels.host }}: some task waited for memory ${share} of the time`,
  },
  {
    item: 'memory',
    alert: 'HostMemoryUsed',
    record: 'upkeep:memory:ratio',
    expr: `1 - node_memory_MemAvailable_bytes{${node}} / node_memory_MemTotal_bytes{${node}}`,
    factor: 0.01,
    for: '10m',
    keep: '5m',
    says: `{{ $labels.host }}: ${share} of the memory is in use`,
  },
  {
    item: 'oomKills',
    alert: 'HostOutOfMemory',
    record: 'upkeep:oom_kills:increase30m',
    // Between two samples an increase is a little more than what was counted.
    expr: `round(increase(node_vmstat_oom_kill{${node}}[30m]))`,
    factor: 1,
    for: '0s',
    keep: '0s',
    says: '{{ $labels.host }}: the kernel ended {{ $value | humanize }} processes for want of memory in 30 minutes',
  },
  {
    item: 'diskFree',
    alert: 'DiskSpaceLow',
    record: diskFreeRecord,
    expr: `${diskAvailable} / node_filesystem_size_bytes${disks} unless node_filesystem_readonly${disks} == 1`,
    factor: 0.01,
    for: '15m',
    keep: '5m',
    says: `${disk}: ${share} free`,
  },
  {
    item: 'inodesFree',
    alert: 'DiskInodesLow',
    record: 'upkeep:inodes_free:ratio',
    // btrfs and vfat have no number of inodes, and say 0.
    expr: `node_filesystem_files_free${disks} / (node_filesystem_files${disks} > 0) unless node_filesystem_readonly${disks} == 1`,
    factor: 0.01,
    for: '15m',
    keep: '5m',
    says: `${disk}: ${share} of the inodes free`,
  },
  {
    item: 'diskAwait',
    alert: 'DiskSlow',
    record: 'upkeep:disk_await:seconds',
    // Of a disk that has little to do the mean says nothing.
    expr:
      `(${rate('node_disk_read_time_seconds_total')} + ${rate('node_disk_write_time_seconds_total')}) / ` +
      `(${rate('node_disk_reads_completed_total')} + ${rate('node_disk_writes_completed_total')}) ` +
      `and ${rate('node_disk_io_time_seconds_total')} > 0.8`,
    factor: 0.001,
    for: '15m',
    keep: '5m',
    says: '{{ $labels.device }} of {{ $labels.host }}: a request takes {{ $value | humanizeDuration }}',
  },
  {
    item: 'netErrors',
    alert: 'NetworkErrors',
    record: 'upkeep:net_errors:per_second',
    expr: `${rate('node_network_receive_errs_total')} + ${rate('node_network_transmit_errs_total')}`,
    factor: 1,
    for: '15m',
    keep: '5m',
    says: '{{ $labels.device }} of {{ $labels.host }}: {{ $value | humanize }} errors a second',
  },
  {
    item: 'failedUnits',
    alert: 'UnitFailed',
    record: 'upkeep:failed_units:state',
    expr: `node_systemd_unit_state{${node},state="failed"}`,
    factor: 1,
    for: '5m',
    keep: '0s',
    says: '{{ $labels.host }}: systemd calls {{ $labels.name }} failed',
  },
  {
    item: 'clockSync',
    alert: 'ClockNotSynchronised',
    record: 'upkeep:clock_sync:missing',
    expr: `1 - node_timex_sync_status{${node}}`,
    factor: 1,
    for: '15m',
    keep: '5m',
    says: '{{ $labels.host }}: nothing sets the clock',
  },
  {
    item: 'clockSkew',
    alert: 'ClockWrong',
    record: 'upkeep:clock_skew:seconds',
    expr: `abs(node_time_seconds{${node}} - timestamp(node_time_seconds{${node}}))`,
    factor: 1,
    for: '5m',
    keep: '5m',
    says: '{{ $labels.host }}: the clock differs by {{ $value | humanizeDuration }} from that of the monitoring host',
  },
]

const of = 'by (system, tier, ring, host, database, instance, job)'
const engine = '{job="postgresql"}'

const serviceMeasures: readonly Measure[] = [
  {
    item: 'certificates',
    alert: 'CertificateEnds',
    record: 'upkeep:certificate_left:seconds',
    expr: 'probe_ssl_earliest_cert_expiry{job="probe"} - time()',
    factor: 86_400,
    for: '10m',
    keep: '0s',
    says: '{{ $labels.instance }} (probe {{ $labels.probe }}): the certificate ends in {{ $value | humanizeDuration }}',
  },
  {
    item: 'databaseConnections',
    alert: 'DatabaseConnections',
    record: 'upkeep:database_connections:ratio',
    expr:
      `sum ${of} (pg_stat_activity_count${engine}) / ` +
      `(max ${of} (pg_settings_max_connections${engine}) - max ${of} (pg_settings_superuser_reserved_connections${engine}))`,
    factor: 0.01,
    for: '10m',
    keep: '5m',
    says: `Database {{ $labels.database }} on {{ $labels.host }}: ${share} of the connections are taken`,
  },
]

/** All measures; each has a recording rule, and an alert rule for each level. */
export const measures: readonly Measure[] = [...machineMeasures, ...serviceMeasures]
