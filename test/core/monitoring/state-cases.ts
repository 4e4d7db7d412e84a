import { cases, node, series } from './case-parts.ts'
import { diskCases } from './disk-cases.ts'
import { ownCases } from './own-cases.ts'
import { type RuleCase, targetLabels } from './rule-case.ts'

const probe = { ...targetLabels('oa', 'probe'), probe: 'log-in-page' }
const database = { ...targetLabels('erp', 'postgresql'), database: 'erp' }

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
  ...diskCases,
  ...ownCases,
  ...targetDown,
  ...serviceDown,
  ...databaseDown,
  ...probeFailing,
  ...probeSlow,
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
  ...cases({ alert: 'ClockWrong', severity: 'critical' }, [
    { name: 'behind as well', series: series(node, { node_time_seconds: '-90+60x60' }), fires: [[20, 1]] },
  ]),
]
