import assert from 'node:assert/strict'
import { readEstate } from '../../core/estate/read.ts'
import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import { type Figure, type Look, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import { type Finding, worstFirst } from '../../core/patrol/findings.ts'
import { worstLevel } from '../../core/patrol/level.ts'
import type { SystemInspection } from '../../playbooks/patrol/inspect.ts'
import { judge } from '../../playbooks/patrol/judge.ts'
import type { PatrolMemory } from '../../schemas/patrol-memory.ts'
import { fail, ok } from '../../schemas/problem.ts'
import { seeded } from '../seeded.ts'
import { asTold } from './as-told.ts'

/** The inspection of an invented company: Thursday, 08:00 in Shanghai. */
export const sampleTime = '2026-11-26T00:00:12.000Z'
const before = '2026-11-25T10:00:09.000Z'
const today = Math.floor(Date.parse(sampleTime) / 86_400_000)

/** One system of the sample; `open`: findings of the last inspection, `history`: past days by host and figure. */
export type Sample = {
  readonly name: string
  readonly title: string
  readonly tier: 'core' | 'data' | 'office'
  readonly owner: string
  readonly hosts: Readonly<Record<string, readonly Figure[] | null>>
  readonly functions?: readonly Figure[]
  readonly open?: readonly Pick<Finding, 'host' | 'item' | 'of' | 'level' | 'since'>[]
  readonly history?: Readonly<Record<string, PatrolMemory['history']>>
}

/**
 * Names of the sample's contacts and systems; a test gives others. `told` changes what hosts say: names of their mounts,
 * units and tables, the words beside a figure, and why one can not be reached.
 */
export type Names = {
  readonly estate: string
  readonly owner: string
  readonly system: string
  readonly told?: (text: string) => string
}

function usual(o: {
  readonly cpu: number
  readonly memory: number
  readonly free: number
}): readonly Figure[] {
  return [
    seenFigure('cpu', o.cpu),
    seenFigure('memory', o.memory),
    seenFigure('diskFree', o.free, { of: '/' }),
    seenFigure('inodesFree', 88, { of: '/' }),
    seenFigure('load', 0.4),
    seenFigure('latency', 0.6),
    seenFigure('certificates', 143, { of: '/etc/ssl/chain.pem' }),
    seenFigure('securityUpdates', 0),
    seenFigure('failedUnits', 0),
    seenFigure('clockSync', 0),
  ]
}

function database(used: number, slow: number): readonly Figure[] {
  return [
    seenFigure('database', 0, { of: '5432' }),
    seenFigure('databaseConnections', used, { of: '5432', said: `${used} of 100` }),
    seenFigure('slowQueries', slow, { of: '5432' }),
    seenFigure('databaseSize', 412_000, { of: '5432 erp' }),
    seenFigure('tableSize', 81_400, { of: '5432 public.stock_move' }),
  ]
}

/** Values of past days that go to `now` by `perDay`, with noise. */
function past(o: {
  readonly now: number
  readonly perDay: number
  readonly noise: number
  readonly days: number
  readonly seed: number
}) {
  const random = seeded(o.seed)
  return Array.from({ length: o.days }, (_, at): [number, number] => {
    const ago = o.days - at
    return [today - ago, Number((o.now - o.perDay * ago + o.noise * (random() - 0.5)).toPrecision(6))]
  })
}

function samples(names: Names): readonly Sample[] {
  return [
    {
      name: 'erp',
      title: names.system,
      tier: 'core',
      owner: 'li',
      hosts: {
        'erp-app1': usual({ cpu: 38, memory: 61, free: 52 }),
        'erp-app2': usual({ cpu: 41, memory: 63, free: 51 }),
        'erp-db1': [
          ...usual({ cpu: 47, memory: 72, free: 31.4 }),
          ...database(71, 17),
          seenFigure('diskFree', 8.7, { of: '/var/lib/postgresql/wal' }),
          seenFigure('slotRetained', 11_300, { of: '5432 standby2', said: 'nobody reads it' }),
        ],
        'erp-db2': [
          ...usual({ cpu: 22, memory: 55, free: 33.1 }),
          seenFigure('replicationLag', 0.2, { of: '5432' }),
        ],
      },
      functions: [
        seenFigure('functions', 0, { of: 'order entry', said: '1240 ms' }),
        seenFigure('stepTimes', 0.41, { of: 'order entry: log in' }),
        seenFigure('stepTimes', 2.6, { of: 'order entry: confirm' }),
      ],
      open: [
        {
          host: 'erp-db1',
          item: 'slowQueries',
          of: '5432',
          level: 'warning',
          since: '2026-11-23T00:00:10.000Z',
        },
        {
          host: 'erp-app1',
          item: 'failedUnits',
          of: 'backup-sync.service',
          level: 'warning',
          since: '2026-11-24T10:00:11.000Z',
        },
      ],
      history: {
        'erp-db1': {
          'diskFree /': past({ now: 31.4, perDay: -0.42, noise: 1.2, days: 60, seed: 3 }),
          'tableSize 5432 public.stock_move': past({
            now: 81_400,
            perDay: 310,
            noise: 900,
            days: 75,
            seed: 5,
          }),
          'databaseConnections 5432': past({ now: 71, perDay: 0.11, noise: 2, days: 84, seed: 6 }),
        },
      },
    },
    {
      name: 'crm',
      title: 'Customer relations (CRM)',
      tier: 'core',
      owner: 'wang',
      hosts: {
        'crm-web1': usual({ cpu: 76, memory: 58, free: 44 }),
        'crm-web2': usual({ cpu: 31, memory: 57, free: 46 }),
        'crm-db1': [...usual({ cpu: 18, memory: 66, free: 57 }), ...database(42, 3).slice(0, 3)],
      },
      functions: [
        seenFigure('functions', 0, { of: 'new customer', said: '380 ms' }),
        seenFigure('stepTimes', 0.38, { of: 'new customer' }),
      ],
    },
    {
      name: 'dwh',
      title: 'Data warehouse',
      tier: 'data',
      owner: 'zhao',
      hosts: {
        dwh1: [
          ...usual({ cpu: 55, memory: 78, free: 27 }),
          unknownFigure('diskHealth', 'the part "block-health" failed: it took too long'),
        ],
        dwh2: null,
      },
      open: [{ host: 'dwh2', item: 'reach', of: '', level: 'unknown', since: '2026-11-25T10:00:09.000Z' }],
      history: { dwh1: { 'diskFree /': past({ now: 27, perDay: -0.16, noise: 0.6, days: 80, seed: 9 }) } },
    },
    {
      name: 'oa',
      title: 'Office automation (OA)',
      tier: 'office',
      owner: 'desk',
      hosts: { oa1: usual({ cpu: 12, memory: 41, free: 68 }), oa2: usual({ cpu: 9, memory: 39, free: 71 }) },
      open: [
        {
          host: 'oa1',
          item: 'securityUpdateAge',
          of: '',
          level: 'warning',
          since: '2026-11-19T00:00:10.000Z',
        },
      ],
    },
    {
      name: 'wiki',
      title: 'Wiki',
      tier: 'office',
      owner: 'desk',
      hosts: { wiki1: usual({ cpu: 4, memory: 33, free: 74 }) },
    },
  ]
}

/** The sample's inspection as a report has it. */
export function sample(
  names: Names = { estate: 'Example Manufacturing', owner: 'Li Na', system: 'Enterprise resources (ERP)' },
): { readonly estate: ResolvedEstate; readonly systems: readonly SystemInspection[] } {
  const { told = (said: string) => said } = names
  const all = samples(names).map((one) => asTold(one, told))
  const text = JSON.stringify({
    version: 1,
    name: 'example',
    timeZone: 'Asia/Shanghai',
    contacts: {
      li: { name: names.owner },
      wang: { name: 'Wang Wei' },
      zhao: { name: 'Zhao Min' },
      desk: { name: 'Service desk' },
    },
    connection: { user: 'root', key: 'none' },
    systems: Object.fromEntries(
      all.map((one) => [
        one.name,
        {
          title: one.title,
          tier: one.tier,
          owner: one.owner,
          roles: { app: {} },
          hosts: Object.fromEntries(
            Object.keys(one.hosts).map((host) => [host, { ring: 'test', roles: ['app'] }]),
          ),
        },
      ]),
    ),
  })
  const read = readEstate('/estate.yaml', text)
  assert.ok(read.ok, JSON.stringify(read))
  const { estate } = read.value
  return {
    estate,
    systems: all.map((one) => inspectionOf(one, estate.systems[one.name] ?? assert.fail(), told)),
  }
}

function inspectionOf(
  one: Sample,
  system: SystemInspection['system'],
  told: (text: string) => string,
): SystemInspection {
  const open = (one.open ?? []).map((finding): Finding => ({
    ...finding,
    value: 1,
    said: '',
    state: 'open',
    looked: true,
  }))
  const last = {
    schemaVersion: 1 as const,
    system: system.name,
    time: before,
    hosts: Object.fromEntries(
      Object.keys(one.hosts).map((host) => [
        host,
        { bootId: null, oomKills: 0, history: one.history?.[host] ?? {} },
      ]),
    ),
    findings: open,
  }
  const around = { system, last, time: sampleTime }
  const found = told('connect ETIMEDOUT')
  const down = fail({ code: 'ssh/unreachable', what: 'No connection to dwh2.', found })
  const hosts = Object.entries(one.hosts).map(([host, figures]) =>
    judge(host, figures === null ? down : ok(lookOf(host, figures)), around),
  )
  const functions =
    one.functions === undefined || one.functions.length === 0
      ? []
      : [judge(`${system.name}/production`, ok(lookOf(`${system.name}/production`, one.functions)), around)]
  const done = [...hosts, ...functions]
  return {
    system,
    level: worstLevel(done.map(({ inspection }) => inspection.level)),
    lastTime: before,
    hosts: hosts.map(({ inspection }) => inspection),
    functions: functions.map(({ inspection }) => inspection),
    findings: done.flatMap(({ findings }) => findings).sort(worstFirst),
    problems: [],
  }
}

function lookOf(host: string, figures: readonly Figure[]): Look {
  return { host, figures, scope: 'host', uptimeS: 900_000, memory: { bootId: null, oomKills: 0 } }
}
