import { cases, node, series } from './case-parts.ts'
import type { RuleCase } from './rule-case.ts'

/** Samples of a day, one each half an hour. */
const day = 48
const every = 30
const disk = '{device="/dev/sda1",fstype="ext4",mountpoint="/srv"}'
/** What is free of 1000 bytes. */
const filling = (values: string, fstype = 'ext4') =>
  series(
    node,
    Object.fromEntries(
      Object.entries({
        node_filesystem_avail_bytes: values,
        node_filesystem_size_bytes: '1000x999',
        node_filesystem_readonly: '0x999',
      }).map(([metric, samples]) => [`${metric}${disk.replace('ext4', fstype)}`, samples]),
    ),
  )
/** Minutes from the begin, `halves` half hours after six days. */
const at = (halves: number) => (6 * day + halves) * every
// From 1000 to 541 in six days, then in an hour as much as in six.
const falls = `1000-1.6x${6 * day - 1} 541-10x24`
const diskWillFill = cases({ alert: 'DiskWillFill', severity: 'warning' }, [
  {
    name: 'falls for days, then fast, then is emptied',
    every,
    series: filling(`${falls} 800x40`),
    // Two fifths are passed after 15 half hours.
    fires: [
      [at(0), 0],
      [at(16), 0],
      [at(17), 1],
      [at(24), 1],
      [at(26), 1],
      [at(27), 0],
      [at(40), 0],
    ],
    says: {
      minute: at(17),
      labels: { ...node, device: '/dev/sda1', fstype: 'ext4', mountpoint: '/srv', severity: 'warning' },
      summary: '/srv of erp-db-1: 37.1% free, and full within a day at this pace',
    },
  },
  {
    name: 'a log that is rotated each day',
    every,
    series: filling(Array.from({ length: 7 }, () => `380-6x${day - 1}`).join(' ')),
    fires: [20, 30, 47].map((halves) => [at(halves), 0]),
  },
  {
    name: 'falls slowly',
    every,
    series: filling(`700-1.25x${7 * day}`),
    fires: [20, 47].map((halves) => [at(halves), 0]),
  },
  {
    name: 'falls fast, with just more than two fifths left',
    every,
    series: filling(`900-1.25x${6 * day - 1} 565-12x13 404x40`),
    fires: [10, 13, 16, 20].map((halves) => [at(halves), 0]),
  },
  { name: 'in memory', every, series: filling(falls, 'tmpfs'), fires: [[at(20), 0]] },
])

/** Cases of disks that a scale of values does not say. */
export const diskCases: readonly RuleCase[] = [
  ...diskWillFill,
  ...cases({ alert: 'DiskSpaceLow', severity: 'critical' }, [
    {
      name: 'read-only, as a medium is',
      series: series(node, {
        [`node_filesystem_avail_bytes${disk}`]: '0x60',
        [`node_filesystem_size_bytes${disk}`]: '1000x60',
        [`node_filesystem_readonly${disk}`]: '1x60',
      }),
      fires: [[50, 0]],
    },
    { name: 'in memory', series: filling('0x60', 'tmpfs'), fires: [[50, 0]] },
    { name: 'exactly at the limit', series: filling('100x60'), fires: [[50, 0]] },
  ]),
  ...cases({ alert: 'DiskInodesLow', severity: 'critical' }, [
    {
      name: 'a file system without a number of inodes',
      series: series(node, {
        [`node_filesystem_files_free${disk}`]: '0x60',
        [`node_filesystem_files${disk}`]: '0x60',
      }),
      fires: [[50, 0]],
    },
  ]),
  ...cases({ alert: 'DiskSlow', severity: 'critical' }, [
    {
      name: 'with little to do',
      series: series(node, {
        'node_disk_reads_completed_total{device="sda"}': '0+1x60',
        'node_disk_writes_completed_total{device="sda"}': '0+0x60',
        'node_disk_read_time_seconds_total{device="sda"}': '0+1x60',
        'node_disk_write_time_seconds_total{device="sda"}': '0+0x60',
        'node_disk_io_time_seconds_total{device="sda"}': '0+47x60',
      }),
      fires: [[50, 0]],
    },
  ]),
]
