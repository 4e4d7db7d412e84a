import { labelled, type RuleCase, targetLabels } from './rule-case.ts'

const node = targetLabels('erp', 'node')
const probe = { ...targetLabels('oa', 'probe'), probe: 'log-in-page' }
const database = { ...targetLabels('erp', 'postgresql'), database: 'erp' }
const own = {
  job: 'monitoring',
  system: '_monitoring',
  tier: 'core',
  ring: 'production',
  host: '_monitoring',
}

function series(
  labels: Readonly<Record<string, string>>,
  of: Readonly<Record<string, string>>,
): RuleCase['series'] {
  return Object.fromEntries(
    Object.entries(of).map(([metric, values]) => [
      labelled(metric.includes('{') ? metric : `${metric}{}`, labels),
      values,
    ]),
  )
}

function cases(
  of: Pick<RuleCase, 'alert' | 'severity'>,
  found: readonly Omit<RuleCase, 'alert' | 'severity'>[],
): readonly RuleCase[] {
  return found.map((one) => ({ ...of, ...one }))
}

const targetDown = cases({ alert: 'TargetDown', severity: 'critical' }, [
  {
    name: 'down for three minutes, then up',
    series: series(node, { up: '1x4 0x9 1x20' }),
    fires: [
      [7, 0],
      [8, 1],
      [14, 1],
      [15, 1],
      [17, 0],
    ],
    says: {
      minute: 8,
      labels: { ...node, severity: 'critical' },
      summary: 'erp-db-1: node at erp-db-1:9 gives no metrics',
    },
  },
  {
    name: 'down for a moment',
    series: series(node, { up: '1x4 0x1 1x30' }),
    fires: [
      [9, 0],
      [20, 0],
    ],
  },
])

const unit = (name: string, state: string) => `node_systemd_unit_state{name="${name}",state="${state}"}`
const engineUnit = 'postgresql@15-main.service'
const serviceDown = cases({ alert: 'ServiceDown', severity: 'critical' }, [
  {
    name: 'runs, stops, runs',
    series: series(node, { up: '1x40', [unit(engineUnit, 'active')]: '1x4 0x9 1x20' }),
    fires: [
      [6, 0],
      [7, 1],
      [14, 1],
      [16, 1],
      [17, 0],
    ],
    says: {
      minute: 7,
      labels: { ...node, unit: engineUnit, severity: 'critical' },
      summary: `erp-db-1: ${engineUnit} does not run`,
    },
  },
  {
    name: 'not known to systemd',
    series: series(node, { up: '1x20' }),
    fires: [
      [1, 0],
      [2, 1],
    ],
  },
  { name: 'nobody answers', series: series(node, { up: '0x20' }), fires: [[10, 0]] },
  {
    name: 'activating is not running',
    series: series(node, {
      up: '1x20',
      [unit(engineUnit, 'active')]: '0x20',
      [unit(engineUnit, 'activating')]: '1x20',
    }),
    fires: [[10, 1]],
  },
])

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

const databaseDown = cases({ alert: 'DatabaseDown', severity: 'critical' }, [
  {
    name: 'takes none, then some',
    series: series(database, { pg_up: '1x4 0x9 1x20' }),
    fires: [
      [6, 0],
      [7, 1],
      [15, 1],
      [17, 0],
    ],
    says: {
      minute: 7,
      labels: { ...database, severity: 'critical' },
      summary: 'Database erp on erp-db-1 takes no connection',
    },
  },
])

const probeFailing = cases({ alert: 'ProbeFailing', severity: 'critical' }, [
  {
    name: 'fails for three minutes, then works',
    series: series(probe, { probe_success: '1x4 0x9 1x20' }),
    fires: [
      [7, 0],
      [8, 1],
      [16, 1],
      [17, 0],
    ],
    says: {
      minute: 8,
      labels: { ...probe, severity: 'critical' },
      summary: 'oa: probe log-in-page of oa-1:9 fails',
    },
  },
  {
    name: 'fails once',
    series: series(probe, { probe_success: '1x4 0x0 1x20' }),
    fires: [
      [6, 0],
      [9, 0],
    ],
  },
])

const slow = (within: string, seconds: string, success = '1x99') =>
  series({ ...probe, within }, { probe_duration_seconds: seconds, probe_success: success })
const probeSlow = cases({ alert: 'ProbeSlow', severity: 'warning' }, [
  ...(
    [
      ['2', 2],
      ['4', 4],
    ] as const
  ).flatMap(([within, limit]) => [
    {
      name: `just slower than ${limit} s, held, ended`,
      series: slow(within, `${limit * 1.02}x15 ${limit * 0.92}x29 ${limit * 0.88}x40`),
      fires: [
        [4, 0],
        [5, 1],
        [44, 1],
        [58, 1],
        [62, 0],
      ] as RuleCase['fires'],
      says: {
        minute: 5,
        labels: { ...probe, within, severity: 'warning' },
        summary: `oa: probe log-in-page of oa-1:9 takes ${limit === 2 ? '2.04s' : '4.08s'}`,
      },
    },
    {
      name: `just not slower than ${limit} s`,
      series: slow(within, `${limit * 0.98}x60`),
      fires: [[30, 0]] as RuleCase['fires'],
    },
  ]),
  { name: 'slow because it fails', series: slow('2', '9x60', '0x60'), fires: [[30, 0]] },
  {
    name: 'slow once',
    series: slow('2', '0.1x9 9x0 0.1x30'),
    fires: [
      [12, 0],
      [16, 0],
    ],
  },
])

const watchdog = cases({ alert: 'Watchdog', severity: 'none' }, [
  {
    name: 'fires from the first moment on',
    series: {},
    fires: [
      [0, 1],
      [30, 1],
    ],
    says: { minute: 0, labels: { severity: 'none' }, summary: 'Alerts pass' },
  },
])

const part = (name: string) => ({ ...own, instance: '127.0.0.1:1', part: name })
const configNotLoaded = cases(
  { alert: 'ConfigNotLoaded', severity: 'critical' },
  (
    [
      ['prometheus', 'prometheus_config_last_reload_successful'],
      ['alertmanager', 'alertmanager_config_last_reload_successful'],
      ['blackbox', 'blackbox_exporter_config_last_reload_successful'],
    ] as const
  ).map(([name, metric]) => ({
    name: `${name}: refuses for five minutes, then takes it`,
    series: series(part(name), { [metric]: '1x4 0x9 1x20' }),
    fires: [
      [9, 0],
      [10, 1],
      [14, 1],
      [15, 0],
    ],
    says: {
      minute: 10,
      labels: { ...part(name), severity: 'critical' },
      summary: `${name} does not take its new settings and works with the old ones`,
    },
  })),
)

const failure = { ...part('prometheus'), rule_group: '/etc/prometheus/rules.yml;limits' }
const rulesFail = cases({ alert: 'RulesFail', severity: 'critical' }, [
  {
    name: 'fails once, then no more',
    series: series(failure, { prometheus_rule_evaluation_failures_total: '0x4 1x40' }),
    fires: [
      [9, 0],
      [10, 1],
      [14, 1],
      [18, 1],
      [21, 0],
    ],
    says: {
      minute: 10,
      labels: { ...failure, severity: 'critical' },
      summary:
        'Prometheus can not work out rules of /etc/prometheus/rules.yml;limits: their alerts do not come',
    },
  },
  {
    name: 'failed long ago',
    series: series(failure, { prometheus_rule_evaluation_failures_total: '7x40' }),
    fires: [[20, 0]],
  },
])

const mailed = { ...part('alertmanager'), integration: 'email' }
const alertsNotDelivered = cases({ alert: 'AlertsNotDelivered', severity: 'critical' }, [
  {
    name: 'a mail was not taken',
    series: series(mailed, { alertmanager_notifications_failed_total: '0x4 1x60' }),
    fires: [
      [9, 0],
      [10, 1],
      [14, 1],
      [23, 1],
      [26, 0],
    ],
    says: {
      minute: 10,
      labels: { ...mailed, severity: 'critical' },
      summary: 'alertmanager could not hand on alerts by email',
    },
  },
  {
    name: 'Alertmanager was not reached',
    series: series(part('prometheus'), { prometheus_notifications_dropped_total: '0x4 1x60' }),
    fires: [
      [9, 0],
      [10, 1],
      [23, 1],
      [26, 0],
    ],
  },
  {
    name: 'none failed of late',
    series: {
      ...series(mailed, { alertmanager_notifications_failed_total: '3x60' }),
      ...series(part('prometheus'), { prometheus_notifications_dropped_total: '3x60' }),
    },
    fires: [[20, 0]],
  },
])

const kill = (values: string) => series(node, { node_vmstat_oom_kill: values })
const outOfMemory = [
  ...cases({ alert: 'HostOutOfMemory', severity: 'warning' }, [
    {
      name: 'one process',
      series: kill('3x40 4x60'),
      fires: [
        [40, 0],
        [42, 1],
        [60, 1],
        [73, 0],
      ],
      says: {
        minute: 42,
        labels: { ...node, severity: 'warning' },
        summary: 'erp-db-1: the kernel ended 1 processes for want of memory in 30 minutes',
      },
    },
    { name: 'none', series: kill('3x90'), fires: [[60, 0]] },
  ]),
  ...cases({ alert: 'HostOutOfMemory', severity: 'critical' }, [
    {
      name: 'four processes',
      series: kill('3x40 7x60'),
      fires: [
        [42, 0],
        [60, 0],
      ],
    },
    {
      name: 'five processes',
      series: kill('3x40 8x60'),
      fires: [
        [40, 0],
        [42, 1],
        [73, 0],
      ],
    },
  ]),
]

/** Cases of what a scale of values does not say. */
export const stateCases: readonly RuleCase[] = [
  ...targetDown,
  ...serviceDown,
  ...diskWillFill,
  ...databaseDown,
  ...probeFailing,
  ...probeSlow,
  ...watchdog,
  ...configNotLoaded,
  ...rulesFail,
  ...alertsNotDelivered,
  ...outOfMemory,
  // What looks like it and is not.
  ...cases({ alert: 'HostProcessorBusy', severity: 'warning' }, [
    {
      name: 'waits for disks all the time',
      series: series(node, {
        'node_cpu_seconds_total{cpu="0",mode="iowait"}': '0+58x60',
        'node_cpu_seconds_total{cpu="0",mode="user"}': '0+1x60',
        'node_cpu_seconds_total{cpu="0",mode="idle"}': '0+1x60',
      }),
      fires: [[50, 0]],
    },
  ]),
  ...cases({ alert: 'HostMemoryUsed', severity: 'warning' }, [
    {
      name: 'exactly at the limit',
      series: series(node, {
        node_memory_MemAvailable_bytes: '200x60',
        node_memory_MemTotal_bytes: '1000x60',
      }),
      fires: [[50, 0]],
    },
  ]),
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
  ...cases({ alert: 'ClockWrong', severity: 'critical' }, [
    { name: 'behind as well', series: series(node, { node_time_seconds: '-90+60x60' }), fires: [[20, 1]] },
  ]),
]
