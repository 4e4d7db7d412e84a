import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SystemInspection } from '../../playbooks/patrol/inspect.ts'
import { metricsText } from '../../playbooks/show/metrics.ts'
import { exposition, type Sample } from './exposition.ts'
import { sample, sampleTime } from './sample.ts'

const nextDueMs = Date.parse('2026-11-26T10:00:00Z')

function metrics(one: SystemInspection): readonly Sample[] {
  return exposition(metricsText(one, { estate: 'acme', time: sampleTime, nextDueMs }))
}

/** Values of a metric as `label,label=value`, of the labels that tell its samples apart. */
function values(samples: readonly Sample[], name: string, ...labels: readonly string[]): readonly string[] {
  return samples
    .filter((one) => one.name === name)
    .map((one) => `${labels.map((label) => one.labels[label]).join(',')}=${one.value}`)
}

const { systems } = sample()
const [erp, , warehouse] = systems
assert.ok(erp !== undefined && warehouse !== undefined)

describe('the metrics of an inspection', () => {
  test('are as the format has it, for each system of the sample', () => {
    for (const one of systems) assert.ok(metrics(one).length > 20)
  })

  test('say when it began, when the next one is due, and how the system and its hosts are', () => {
    const found = metrics(erp)
    assert.deepEqual(values(found, 'upkeep_patrol_last_run_timestamp_seconds', 'system', 'tier'), [
      `erp,core=${Date.parse(sampleTime) / 1000}`,
    ])
    assert.deepEqual(values(found, 'upkeep_patrol_next_due_timestamp_seconds', 'system'), [
      `erp=${nextDueMs / 1000}`,
    ])
    assert.deepEqual(values(found, 'upkeep_patrol_level', 'system'), ['erp=2'])
    assert.deepEqual(values(found, 'upkeep_patrol_host_level', 'host').slice(0, 3), [
      'erp-app1=0',
      'erp-app2=0',
      'erp-db1=2',
    ])
    assert.deepEqual(values(metrics(warehouse), 'upkeep_patrol_host_level', 'host'), ['dwh1=3', 'dwh2=3'])
  })

  test('have base units in their names and values', () => {
    const found = metrics(erp)
    const of = (name: string) => values(found, name, 'host', 'of').filter((one) => one.startsWith('erp-db1'))
    assert.deepEqual(of('upkeep_patrol_disk_free_ratio'), [
      'erp-db1,/=0.314',
      'erp-db1,/var/lib/postgresql/wal=0.087',
    ])
    assert.deepEqual(of('upkeep_patrol_latency_seconds'), ['erp-db1,=0.0006'])
    assert.deepEqual(of('upkeep_patrol_table_size_bytes'), ['erp-db1,5432 public.stock_move=81400000000'])
    assert.deepEqual(of('upkeep_patrol_certificates_seconds'), [`erp-db1,/etc/ssl/chain.pem=${143 * 86_400}`])
    assert.deepEqual(of('upkeep_patrol_slow_queries'), ['erp-db1,5432=17'])
  })

  test('have no value of what could not be measured, and its level is unknown', () => {
    const found = metrics(warehouse)
    assert.deepEqual(values(found, 'upkeep_patrol_disk_health', 'host'), [])
    assert.ok(values(found, 'upkeep_patrol_figure_level', 'host', 'item').includes('dwh1,disk_health=3'))
  })

  test('count findings by level and state, those that are none as 0', () => {
    const counts = values(metrics(erp), 'upkeep_patrol_findings', 'level', 'state')
    assert.equal(counts.length, 9)
    assert.ok(counts.includes('critical,new=2') && counts.includes('unknown,new=0'), counts.join(' '))
    assert.ok(counts.includes('warning,closed=1'), counts.join(' '))
  })

  test('have the day on which a limit is reached, and nothing where there is no forecast', () => {
    const found = values(metrics(erp), 'upkeep_patrol_limit_reached_timestamp_seconds', 'item', 'of')
    assert.equal(found.length, 3)
    assert.match(found[0] ?? '', /^disk_free,\/=17\d{8}$/)
  })

  test('keep what names say within their label, and one of two that became the same', () => {
    const [host] = erp.hosts
    assert.ok(host !== undefined)
    const [judged] = host.judged
    assert.ok(judged !== undefined)
    const evil = `/x"} 1\nupkeep_patrol_level{} 0\\`
    const named = { ...judged, figure: { ...judged.figure, of: evil } }
    const found = metrics({ ...erp, hosts: [{ ...host, judged: [named, named] }] })
    assert.deepEqual(values(found, 'upkeep_patrol_cpu_ratio', 'of'), [`${evil}=0.38`])
  })
})
