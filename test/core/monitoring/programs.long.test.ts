import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { parse, stringify } from 'yaml'
import type { NamedProbe, ResolvedEstate } from '../../../core/estate/resolved.ts'
import { expectedInWindow } from '../../../core/monitoring/alertmanager-text.ts'
import type { MonitoringFiles } from '../../../core/monitoring/files.ts'
import { filesOf, isAlert, monitored, put, ran, rulesIn, scratch } from './rendered.ts'

const directory = scratch()

/** What each of the programs says of the files. */
function judged(estate: ResolvedEstate): void {
  put(directory, filesOf(estate))
  const at = (name: keyof MonitoringFiles) => join(directory, name)
  for (const [program, ...args] of [
    ['promtool', 'check', 'config', at('prometheus.yml')],
    ['promtool', 'check', 'rules', at('rules.yml')],
    ['amtool', 'check-config', at('alertmanager.yml')],
    ['prometheus-blackbox-exporter', '--config.check', `--config.file=${at('blackbox.yml')}`],
  ] as const) {
    const { status, said } = ran(program, args)
    assert.equal(status, 0, said)
    assert.doesNotMatch(said, /FAILED|duplicate|error/i)
  }
}

test('the programs of Debian take what is rendered', () => judged(monitored))

const nasty = [
  `a"b'c\\d`,
  '{{ $labels.host }}{{ end }}',
  'x\n  - job_name: evil',
  '# no comment: [}',
  'yes',
  '0x1f',
  '12:30:00',
  '*alias',
  '\u0000\u0007\u007f\u0085\u2028\ud800',
  '中文 $1 ${x} %s',
]

/** An estate with names that the estate file refuses. */
function hostile(text: string): ResolvedEstate {
  const { erp } = structuredClone(monitored.systems)
  assert.ok(erp !== undefined)
  const [host] = erp.hosts
  assert.ok(host !== undefined)
  const probe: NamedProbe = {
    name: text,
    withinMs: 2000,
    kind: 'http',
    from: 'controller',
    url: 'https://example.com/?q={host}',
    hostHeader: text.replaceAll(/[^ -~]/g, ''),
    expect: { status: 200, contains: text },
  }
  const system = {
    ...erp,
    name: text,
    title: text,
    hosts: [{ ...host, name: text, roles: ['r'] }],
    roles: { r: { name: 'r', after: [], services: [text], stateless: false, probes: [probe] } },
    databases: [],
    probes: { test: [], production: [probe] },
    owner: { id: 'o', name: text, mail: "{{x}}..o'brien@example.com" },
  }
  return { ...monitored, name: text, systems: { [text]: system, erp } }
}

for (const text of nasty)
  test(`a name like ${JSON.stringify(text)} breaks nothing`, () => {
    judged(hostile(text))
    const alerts = rulesIn(filesOf(hostile(text))['rules.yml']).filter(isAlert)
    const normal = rulesIn(
      filesOf({ ...monitored, systems: { erp: monitored.systems['erp'] as never } })['rules.yml'],
    )
    const names = (some: readonly { alert: string }[]) =>
      [...new Set(some.map(({ alert }) => alert))].toSorted()
    assert.deepEqual(
      names(alerts).filter((name) => name !== 'ProbeSlow' && name !== 'ServiceDown'),
      names(normal.filter(isAlert)).filter((name) => name !== 'ProbeSlow' && name !== 'ServiceDown'),
    )
  })

/** The receivers of an alert with these labels. */
function told(labels: Readonly<Record<string, string>>): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  const file = join(directory, 'alertmanager.yml')
  const { status, said } = ran('amtool', ['config', 'routes', 'test', `--config.file=${file}`, ...words])
  assert.equal(status, 0, said)
  return said.trim().split('\n').at(-1) ?? ''
}

test('who is told: by system, level and ring; the Watchdog nobody', () => {
  judged(monitored)
  const erp = { system: 'erp', ring: 'production' }
  assert.equal(told({ alertname: 'DiskSpaceLow', severity: 'critical', ...erp }), 'erp/critical')
  assert.equal(told({ alertname: 'TargetDown', severity: 'critical', ...erp }), 'erp/critical')
  assert.equal(told({ alertname: 'DiskSpaceLow', severity: 'warning', ...erp }), 'erp/warning')
  assert.equal(told({ alertname: 'TargetDown', severity: 'critical', ...erp, ring: 'test' }), 'erp/warning')
  assert.equal(
    told({ alertname: 'TargetDown', severity: 'critical', system: '_monitoring' }),
    '_monitoring/critical',
  )
  assert.equal(
    told({ alertname: 'MemoryUsed', severity: 'warning', system: '_monitoring' }),
    '_monitoring/warning',
  )
  assert.equal(told({ alertname: 'Watchdog', severity: 'none' }), 'dead-man')
})

type Route = {
  readonly receiver?: string
  readonly matchers?: readonly string[]
  readonly mute_time_intervals?: readonly string[]
  readonly routes?: readonly Route[]
}

/** The route that an alert takes, as Alertmanager documents it: the first that matches, as deep as one does. */
function routeOf(route: Route, labels: Readonly<Record<string, string>>): Route {
  const matches = (matcher: string) => {
    const [, name = '', sign = '', value = ''] = /^(\w+)(=~?)(".*")$/.exec(matcher) ?? assert.fail(matcher)
    const wanted = JSON.parse(value) as string
    const found = labels[name] ?? ''
    return sign === '=' ? found === wanted : new RegExp(`^(?:${wanted})$`).test(found)
  }
  const next = route.routes?.find(({ matchers = [] }) => matchers.every(matches))
  if (next === undefined) return route
  return routeOf({ ...(route.receiver === undefined ? {} : { receiver: route.receiver }), ...next }, labels)
}

test('in its window a system is not told of what a patch does by itself; of backups and all else it is', () => {
  const text = filesOf(monitored)['alertmanager.yml']
  put(directory, { 'alertmanager.yml': text })
  const { route } = parse(text) as { route: Route }
  const alerts = rulesIn(filesOf(monitored)['rules.yml']).filter(isAlert)
  const kinds = [
    ...alerts.map(({ alert, labels }) => [alert, labels.severity] as const),
    ...[['BackupMissed', 'critical'] as const, ['BackupMissed', 'warning'] as const],
  ]
  for (const ring of ['production', 'test'])
    for (const [alertname, severity] of kinds) {
      const found = routeOf(route, { alertname, severity, ring, system: 'erp' })
      const isMuted = ring === 'production' && expectedInWindow.includes(alertname)
      assert.deepEqual(found.mute_time_intervals, isMuted ? ['window weekend-night'] : undefined, alertname)
    }
  // amtool goes the same way.
  for (const [alertname, severity] of kinds.slice(-12)) {
    const labels = { alertname, severity, ring: 'production', system: 'erp' }
    assert.equal(told(labels), routeOf(route, labels).receiver, alertname)
  }
  assert.ok(!expectedInWindow.includes('BackupMissed'))
})

test('a healthy estate has one alert, and that is the Watchdog', () => {
  put(directory, filesOf(monitored))
  const node = 'job="node",system="erp",tier="core",ring="production",host="erp-db-1",instance="i"'
  const units = ['postgresql@15-main.service'].map(
    (name) => `node_systemd_unit_state{${node},name="${name}",state="active"}`,
  )
  const disk = `${node},device="/dev/sda1",fstype="ext4",mountpoint="/"`
  const steady: Readonly<Record<string, string>> = {
    [`up{${node}}`]: '1x60',
    ...Object.fromEntries(units.map((unit) => [unit, '1x60'])),
    [`node_systemd_unit_state{${node},name="cron.service",state="failed"}`]: '0x60',
    [`node_cpu_seconds_total{${node},cpu="0",mode="idle"}`]: '0+50x60',
    [`node_cpu_seconds_total{${node},cpu="0",mode="user"}`]: '0+10x60',
    [`node_memory_MemAvailable_bytes{${node}}`]: '500x60',
    [`node_memory_MemTotal_bytes{${node}}`]: '1000x60',
    [`node_filesystem_avail_bytes{${disk}}`]: '500x60',
    [`node_filesystem_size_bytes{${disk}}`]: '1000x60',
    [`node_filesystem_readonly{${disk}}`]: '0x60',
    [`node_timex_sync_status{${node}}`]: '1x60',
    [`node_time_seconds{${node}}`]: '0+60x60',
  }
  const file = {
    rule_files: ['rules.yml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(steady).map(([series, values]) => ({ series, values })),
        promql_expr_test: [
          {
            expr: 'count by (alertname) (ALERTS)',
            eval_time: '50m',
            exp_samples: [{ labels: '{alertname="Watchdog"}', value: 1 }],
          },
        ],
      },
    ],
  }
  put(directory, { 'healthy.yml': stringify(file, { version: '1.1', lineWidth: 0 }) })
  const { status, said } = ran('promtool', ['test', 'rules', join(directory, 'healthy.yml')])
  assert.equal(status, 0, said)
})
