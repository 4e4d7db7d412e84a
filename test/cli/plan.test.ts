import assert from 'node:assert/strict'
import test from 'node:test'
import { showPlan } from '../../playbooks/show/plan.ts'
import { simulatedHost, simulatedPlan } from '../core/run/fleet.ts'
import { recorded } from './upkeep.ts'

test('a plan with long names and lists fits 80 columns', () => {
  const names = Array.from({ length: 12 }, (_, index) => `erp-application-${index}`)
  const hosts = names.map((name) => {
    const host = simulatedHost(name, 'production', ['app'])
    return {
      ...host,
      packages: host.packages.map((one) => ({
        ...one,
        name: `libpostgresql-client-${name}`,
        fromVersion: '15.14-0+deb12u1',
        to: { ...one.to, version: '15.15-0+deb12u1+security4' },
        cves: Array.from({ length: 9 }, (_, index) => `CVE-2026-1000${index}`),
      })),
      heldBack: [
        { name: 'linux-image-amd64', why: 'the estate holds it, because a driver must be rebuilt first' },
      ],
      restarts: names.map((unit) => ({ unit: `${unit}.service`, because: [] })),
      reboot: { needed: 'may' as const, why: names.map((name) => `${name}.service runs replaced files`) },
    }
  })
  const { outside, out } = recorded()
  const shell = { ...outside, options: {}, operands: [], estatePath: 'estate.yaml', json: false }
  showPlan(
    shell,
    {
      ...simulatedPlan(
        hosts,
        names.map((name) => [name]),
      ),
      notes: [names.join(' ')],
    },
    'plan.json',
  )
  const wide = out()
    .split('\n')
    .filter((line) => line.length > 80)
  assert.deepEqual(wide, [])
  for (const name of names) assert.ok(out().includes(name))
})

test('hosts stand in the order of the rollout, and one package is not several', () => {
  const hosts = [
    simulatedHost('idle', 'production', ['app']),
    simulatedHost('app2', 'production', ['app']),
    simulatedHost('app1', 'production', ['app']),
    simulatedHost('t2', 'test', ['db']),
    simulatedHost('t1', 'test', ['app']),
  ].map((host) => (host.host === 'idle' ? { ...host, packages: [] } : host))
  const { outside, out } = recorded()
  const shell = { ...outside, options: {}, operands: [], estatePath: 'estate.yaml', json: false }
  const problem = { code: 'plan/untested', what: 'Not tested.' }
  const plan = { ...simulatedPlan(hosts, [['app1'], ['app2']]), problems: [problem] }
  showPlan(shell, { ...plan, test: [['t1'], ['t2']] }, 'plan.json')
  const shown = out()
    .split('\n')
    .flatMap((line) => /^(\w+)  (?:test|production)  /.exec(line)?.[1] ?? [])
  assert.deepEqual(shown, ['t1', 't2', 'app1', 'app2', 'idle'])
  assert.match(out(), /^ {2}1 package, the same as on t1$/m)
  assert.match(out(), /^1 problem: this plan will be refused/m)
})

test('a host that would not go back by itself is told, with the reason; one that would is not', () => {
  const shown = (change: object) => {
    const host = simulatedHost('t1', 'test', ['app'])
    const { outside, out } = recorded()
    const shell = { ...outside, options: {}, operands: [], estatePath: 'estate.yaml', json: false }
    showPlan(shell, simulatedPlan([{ ...host, ...change }], []), 'plan.json')
    return out().replace(/\s+/g, ' ')
  }
  const { packages, ...guarded } = simulatedHost('t1', 'test', ['app'])
  const steps = guarded.steps.map(({ confirmWithinMs: _guard, ...step }) => step)
  assert.doesNotMatch(shown({}), /not by itself/)
  assert.match(shown({ steps, manager: 'dnf' }), /not by itself: .* must go to the console \(with dnf/)
  const lost = packages.map((one) => ({ ...one, from: null, fromVersion: '1' }))
  assert.match(shown({ steps, packages: lost }), /to the console \(no old version of \S+\)/)
  assert.match(shown({ steps }), /to the console /)
})

test('more at once than may fail are shown as what they are: a wish', () => {
  for (const [policy, said] of [
    [{ atOnce: 10, failureBudget: 2 }, '10 wished, 2 at most in flight: no more than may fail'],
    [{ atOnce: 2, failureBudget: 3 }, '2, failure budget 3'],
  ] as const) {
    const { outside, out } = recorded()
    const shell = { ...outside, options: {}, operands: [], estatePath: 'estate.yaml', json: false }
    showPlan(shell, simulatedPlan([simulatedHost('t', 'test', ['app'])], [], policy), 'plan.json')
    assert.match(out(), new RegExp(`^  at once +${said}$`, 'm'))
  }
})
