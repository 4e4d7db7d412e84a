import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readEstate } from '../../core/estate/read.ts'
import { seenFigure } from '../../core/patrol/figure.ts'
import type { SystemInspection } from '../../playbooks/patrol/inspect.ts'
import { judge } from '../../playbooks/patrol/judge.ts'
import { patrolJson } from '../../playbooks/patrol/output.ts'
import { conforms } from '../../schemas/load.ts'
import { PatrolOutput } from '../../schemas/patrol-output.ts'
import { ok } from '../../schemas/problem.ts'
import { valueOf } from '../core/journal/open-state.ts'

const time = '2026-11-26T08:00:00.000Z'
const names = ['app-1', 'app-2', 'app-3']
const text = `version: 1
name: acme
timeZone: UTC
contacts: { it: { name: IT } }
connection: { user: root, key: none }
systems:
  erp: { tier: office, owner: it, roles: { app: {} }, hosts: { ${names.map((name) => `${name}: { ring: test, roles: [app] }`).join(', ')} } }
`

function inspection(chosen: readonly string[]): SystemInspection {
  const system = valueOf(readEstate('/estate.yaml', text)).estate.systems['erp']
  assert.ok(system !== undefined)
  const memory = { bootId: null, oomKills: null }
  const figures = [seenFigure('diskFree', 3, { of: '/' }), seenFigure('latency', 1)]
  const done = chosen.map((host) =>
    judge(host, ok({ host, figures, scope: 'host', uptimeS: 1, memory }), { system, last: null, time }),
  )
  return {
    ...{ system, level: 'critical', lastTime: null, functions: [], problems: [] },
    hosts: done.map((one) => one.inspection),
    findings: done.flatMap((one) => one.findings),
  }
}

describe('an inspection as JSON', () => {
  for (const systems of [[], [[]], [names], [['app-1'], names]])
    test(`is one document of its schema: ${systems.map((hosts) => hosts.length).join(' and ') || 'no'} hosts`, () => {
      const told: unknown = JSON.parse([...patrolJson(systems.map(inspection), time)].join(''))
      assert.ok(conforms(PatrolOutput, told), JSON.stringify(told))
      assert.deepEqual(
        told.systems.map(({ hosts }) => hosts.map(({ host }) => host)),
        systems,
      )
    })

  test('comes in parts, the figures of one host in each, so that it never stands in memory whole', () => {
    for (const part of patrolJson([inspection(names), inspection(names)], time))
      assert.ok((part.match(/"figures":\[\{/g) ?? []).length <= 1, part)
  })
})
