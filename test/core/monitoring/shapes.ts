import { counter, gauge, type Timeline } from './timeline.ts'

/** How the figure of an alert shows in the metrics of exporters: series by metric and labels of their own. */
export type Shape = {
  readonly alert: string
  readonly job: 'node' | 'postgresql' | 'probe'
  readonly series: Readonly<Record<string, (timeline: Timeline) => string>>
  /** The alert has these labels beside those of the target. */
  readonly labels?: Readonly<Record<string, string>>
  /** A value that is just beyond, and one that is just not, where a fraction of the limit is none. */
  readonly whole?: true
  /** What is said of the ERP at 2 in 100 beyond the limit of a warning. */
  readonly says: string
}

const all = (value: number) => 60 * value
const rest = (value: number) => 60 * (1 - value)
const processors = (mode: string): Shape['series'] =>
  Object.fromEntries(
    ['0', '1'].flatMap((cpu) => [
      [`node_cpu_seconds_total{cpu="${cpu}",mode="${mode}"}`, counter(all)],
      [`node_cpu_seconds_total{cpu="${cpu}",mode="${mode === 'user' ? 'idle' : 'user'}"}`, counter(rest)],
    ]),
  )
const disk = 'device="/dev/sda1",fstype="ext4",mountpoint="/srv"'
const diskLabels = { device: '/dev/sda1', fstype: 'ext4', mountpoint: '/srv' }

/** The figure of each measure. */
export const shapes: readonly Shape[] = [
  {
    alert: 'HostProcessorBusy',
    job: 'node',
    series: processors('user'),
    says: 'erp-db-1: 71.4% of the processors are in use',
  },
  {
    alert: 'HostProcessorStolen',
    job: 'node',
    series: processors('steal'),
    says: 'erp-db-1: its hypervisor takes 10.2% of the processors',
  },
  {
    alert: 'HostIoWait',
    job: 'node',
    series: processors('iowait'),
    says: 'erp-db-1: processors are idle for disks 20.4% of the time',
  },
  ...(['cpu', 'io', 'memory'] as const).map((what): Shape => ({
    alert: `HostPressure${what === 'cpu' ? 'Cpu' : what === 'io' ? 'Io' : 'Memory'}`,
    job: 'node',
    series: { [`node_pressure_${what}_waiting_seconds_total{}`]: counter(all) },
    says: {
      cpu: 'erp-db-1: some task waited for a processor 20.4% of the time',
      io: 'erp-db-1: some task waited for a disk 20.4% of the time',
      memory: 'erp-db-1: some task waited for memory 10.2% of the time',
    }[what],
  })),
  {
    alert: 'HostMemoryUsed',
    job: 'node',
    series: {
      'node_memory_MemAvailable_bytes{}': gauge((value) => 1000 * (1 - value)),
      'node_memory_MemTotal_bytes{}': gauge(() => 1000),
      // What can not be dropped stands in Cached too, and free memory is not what is available.
      'node_memory_MemFree_bytes{}': gauge(() => 0),
    },
    says: 'erp-db-1: 81% of the memory is in use',
  },
  {
    alert: 'DiskSpaceLow',
    job: 'node',
    series: {
      [`node_filesystem_avail_bytes{${disk}}`]: gauge((value) => 1e12 * value),
      [`node_filesystem_size_bytes{${disk}}`]: gauge(() => 1e12),
      [`node_filesystem_readonly{${disk}}`]: gauge(() => 0),
    },
    labels: diskLabels,
    says: '/srv of erp-db-1: 24.6% free',
  },
  {
    alert: 'DiskInodesLow',
    job: 'node',
    series: {
      [`node_filesystem_files_free{${disk}}`]: gauge((value) => 1e6 * value),
      [`node_filesystem_files{${disk}}`]: gauge(() => 1e6),
      [`node_filesystem_readonly{${disk}}`]: gauge(() => 0),
    },
    labels: diskLabels,
    says: '/srv of erp-db-1: 19.6% of the inodes free',
  },
  {
    alert: 'DiskSlow',
    job: 'node',
    series: {
      'node_disk_reads_completed_total{device="sda"}': counter(() => 300),
      'node_disk_writes_completed_total{device="sda"}': counter(() => 300),
      'node_disk_read_time_seconds_total{device="sda"}': counter((value) => 300 * value),
      'node_disk_write_time_seconds_total{device="sda"}': counter((value) => 300 * value),
      'node_disk_io_time_seconds_total{device="sda"}': counter(() => 49),
    },
    labels: { device: 'sda' },
    says: 'sda of erp-db-1: a request takes 20.4ms',
  },
  {
    alert: 'NetworkErrors',
    job: 'node',
    series: {
      'node_network_receive_errs_total{device="eth0"}': counter((value) => 40 * value),
      'node_network_transmit_errs_total{device="eth0"}': counter((value) => 20 * value),
    },
    labels: { device: 'eth0' },
    says: 'eth0 of erp-db-1: 1.02 errors a second',
  },
  {
    alert: 'UnitFailed',
    job: 'node',
    series: { 'node_systemd_unit_state{name="cron.service",state="failed",type="simple"}': gauge() },
    labels: { name: 'cron.service', state: 'failed', type: 'simple' },
    whole: true,
    says: 'erp-db-1: systemd calls cron.service failed',
  },
  {
    alert: 'ClockNotSynchronised',
    job: 'node',
    series: { 'node_timex_sync_status{}': gauge((value) => 1 - value) },
    whole: true,
    says: 'erp-db-1: nothing sets the clock',
  },
  {
    alert: 'ClockWrong',
    job: 'node',
    series: { 'node_time_seconds{}': gauge((value) => value, 60) },
    says: 'erp-db-1: the clock differs by 2.04s from that of the monitoring host',
  },
  {
    alert: 'CertificateEnds',
    job: 'probe',
    series: { 'probe_ssl_earliest_cert_expiry{probe="page"}': gauge((value) => value, 60) },
    labels: { probe: 'page' },
    says: 'erp-db-1:9 (probe page): the certificate ends in 29d 9h 36m 0s',
  },
  {
    alert: 'DatabaseConnections',
    job: 'postgresql',
    series: {
      'pg_stat_activity_count{database="erp",datname="erp",state="active"}': gauge((value) => 60 * value),
      'pg_stat_activity_count{database="erp",datname="erp",state="idle"}': gauge((value) => 37 * value),
      'pg_settings_max_connections{database="erp",server="s"}': gauge(() => 100),
      'pg_settings_superuser_reserved_connections{database="erp",server="s"}': gauge(() => 3),
    },
    labels: { database: 'erp' },
    says: 'Database erp on erp-db-1: 81% of the connections are taken',
  },
]
