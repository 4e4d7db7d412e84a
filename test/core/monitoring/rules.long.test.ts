import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import type { AlertRule } from '../../../core/monitoring/rule.ts'
import { mutantsOf } from './mutants.ts'
import { filesOf, isAlert, monitored, onlyAlert, put, ran, rulesIn, scratch } from './rendered.ts'
import { limitCases, type RuleCase, testFile } from './rule-case.ts'
import { shapes } from './shapes.ts'
import { stateCases } from './state-cases.ts'

const directory = scratch()
const rules = rulesIn(filesOf(monitored)['rules.yml'])
const alerts = rules.filter(isAlert)
const allCases: readonly RuleCase[] = [
  ...shapes.flatMap((shape) => [...limitCases(monitored, shape, 'erp'), ...otherLimits(shape)]),
  ...stateCases,
]

/** Cases of the OA where its limits are not those of the ERP. */
function otherLimits(shape: (typeof shapes)[number]): readonly RuleCase[] {
  const of = (system: 'erp' | 'oa') => limitCases(monitored, shape, system)
  const told = (cases: readonly RuleCase[]) =>
    JSON.stringify(cases.map(({ series }) => Object.values(series)))
  return told(of('erp')) === told(of('oa')) ? [] : of('oa')
}

function casesOf({ alert, labels }: AlertRule): readonly RuleCase[] {
  return allCases.filter((one) => one.alert === alert && one.severity === labels.severity)
}

/** Alerts by name and level: a service has a rule of its own for each unit. */
const kinds = [...Map.groupBy(alerts, ({ alert, labels }) => `${alert}-${labels.severity}`).entries()]

/** Runs files of tests; which of them passed, by name. */
function passes(files: readonly string[]): ReadonlyMap<string, boolean> {
  const { said } = ran('promtool', ['test', 'rules', ...files.map((name) => join(directory, name))])
  const blocks = said.split(/^Unit Testing: {2}/m).slice(1)
  assert.equal(blocks.length, files.length, said.slice(0, 2000))
  return new Map(
    blocks.map((block) => {
      const [path = '', ...lines] = block.split('\n')
      const text = lines.join('\n')
      assert.match(text, /^ {2}(SUCCESS|FAILED:)$/m)
      // A mutant that can not be read at all would show nothing.
      assert.doesNotMatch(text, /parse error|unmarshal|invalid/)
      return [path.trim().split('/').at(-1) ?? '', /^ {2}SUCCESS$/m.test(text)]
    }),
  )
}

test('every alert at every level has cases in which it fires, and in which it does not', () => {
  for (const [kind, [rule]] of kinds) {
    assert.ok(rule !== undefined)
    const counts = casesOf(rule).flatMap(({ fires }) => fires.map(([, count]) => count))
    assert.ok(counts.includes(1), `${kind} never fires`)
    assert.ok(counts.includes(0) || rule.alert === 'Watchdog', `${kind} always fires`)
  }
  const known = new Set(kinds.map(([kind]) => kind))
  for (const { alert, severity } of allCases)
    assert.ok(known.has(`${alert}-${severity}`), `${alert} ${severity}`)
})

test('every rule fires, does not, clears and keeps to its limits, by promtool', () => {
  const names = kinds.map(([kind, of]) => {
    put(directory, {
      [`${kind}.rules.yml`]: onlyAlert(rules, of),
      [`${kind}.yml`]: testFile(join(directory, `${kind}.rules.yml`), casesOf(of[0] as AlertRule)),
    })
    return `${kind}.yml`
  })
  const failed = [...passes(names)].filter(([, good]) => !good).map(([name]) => name)
  const said =
    failed.length === 0 ? '' : ran('promtool', ['test', 'rules', join(directory, failed[0] ?? '')]).said
  assert.deepEqual(failed, [], said.slice(0, 4000))
})

test('every rule that is one mistake away fails a case', () => {
  const mutants = kinds.flatMap(([kind, [rule]]) =>
    mutantsOf(rule as AlertRule).map((mutant, index) => {
      const name = `${kind}-${index}`
      put(directory, {
        [`${name}.rules.yml`]: onlyAlert(rules, [mutant.rule]),
        [`${name}.yml`]: testFile(join(directory, `${name}.rules.yml`), casesOf(mutant.rule)),
      })
      return { name: `${name}.yml`, says: `${kind}: ${mutant.what}\n${mutant.rule.expr}` }
    }),
  )
  assert.ok(mutants.length > 6 * kinds.length, `${mutants.length} mutants`)
  const passed = passes(mutants.map(({ name }) => name))
  const survivors = mutants.filter(({ name }) => passed.get(name) !== false).map(({ says }) => says)
  assert.deepEqual(survivors, [], survivors.join('\n\n'))
})
