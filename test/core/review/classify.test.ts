import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { classifyHosts, classifyStack, type Verdict } from '../../../core/review/classify.ts'
import { hostRules, stackRules } from '../../../core/review/risks.ts'
import { riskClasses } from '../../../core/review/rule.ts'
import { changesOf, planOf, stackCases } from './cases/all.ts'
import { hostCases } from './cases/hosts.ts'

function shown(verdicts: readonly Verdict[]): readonly string[] {
  return verdicts.map(({ rule, property, isCertain }) => `${rule} ${property}${isCertain ? '' : ' (may)'}`)
}

describe('each case gives exactly its verdicts', () => {
  for (const { it, steps, gives } of stackCases) {
    test(it, () => {
      assert.deepEqual(shown(classifyStack(changesOf(steps))), gives)
    })
  }
  for (const one of hostCases) {
    test(`host: ${one.it}`, () => {
      assert.deepEqual(shown(classifyHosts(planOf(one))), one.gives)
    })
  }
})

const ruleOf = (verdict: string) => verdict.split(' ')[0] ?? ''
const allCases = [...stackCases, ...hostCases]

test('each rule speaks in a case, and is silent in a near miss', () => {
  assert.ok(allCases.length >= 80, `${allCases.length} cases`)
  for (const { id } of [...stackRules, ...hostRules]) {
    assert.ok(
      allCases.some(({ gives }) => gives.map(ruleOf).includes(id)),
      `${id} never speaks`,
    )
    assert.ok(
      allCases.some(({ near = [] }) => near.includes(id)),
      `${id} has no near miss`,
    )
  }
  const ids = new Set<string>([...stackRules, ...hostRules].map(({ id }) => id))
  for (const { it, near = [], gives } of allCases) {
    assert.ok(
      near.every((id) => ids.has(id) && !gives.map(ruleOf).includes(id)),
      it,
    )
  }
})

describe('each rule is needed', () => {
  const stacks = stackCases.map(({ steps, gives }) => ({ changes: changesOf(steps), gives }))
  for (const rule of stackRules) {
    test(`without ${rule.id} a case fails`, () => {
      const without = stackRules.filter((one) => one !== rule)
      assert.ok(stacks.some(({ changes, gives }) => !isSame(shown(classifyStack(changes, without)), gives)))
    })
  }
  for (const rule of hostRules) {
    test(`without ${rule.id} a case fails`, () => {
      const without = hostRules.filter((one) => one !== rule)
      assert.ok(hostCases.some((one) => !isSame(shown(classifyHosts(planOf(one), without)), one.gives)))
    })
  }
  test('ids are unique, and each class has a rule', () => {
    const all = [...stackRules, ...hostRules]
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length)
    const used = new Set<string>(all.map((rule) => rule.class))
    assert.deepEqual(
      Object.keys(riskClasses).filter((name) => !used.has(name)),
      [],
    )
  })
})

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.join('\n') === other.join('\n')
}

// Each case as a stack of its own: the same names may stand in several of them.
const allSteps = stackCases.flatMap(({ steps }, index) =>
  steps.map((step) => ({ ...step, urn: step.urn.replace(/^urn:pulumi:backup/, `urn:pulumi:s${index}`) })),
)

test('the order of the steps, and of the keys in them, changes no byte', () => {
  const whole = JSON.stringify(classifyStack(changesOf(allSteps)))
  assert.ok(whole.length > 10_000)
  const shuffled = fc.shuffledSubarray(allSteps, { minLength: allSteps.length, maxLength: allSteps.length })
  fc.assert(
    fc.property(shuffled, fc.boolean(), (steps, isTurned) => {
      const turned = isTurned ? steps.map((step) => turn(step) as (typeof steps)[number]) : steps
      assert.equal(JSON.stringify(classifyStack(changesOf(turned))), whole)
    }),
    { numRuns: 60 },
  )
})

function turn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turn)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, turn(item)]),
  )
}

test('the most dangerous comes first, whatever comes first in the stack', () => {
  const order = Object.keys(riskClasses)
  const ranks = classifyStack(changesOf(allSteps)).map((one) => order.indexOf(one.class))
  assert.deepEqual(
    ranks,
    ranks.toSorted((a, b) => a - b),
  )
  assert.equal(ranks[0], 0)
})

test('each verdict says who, what, and both values in one line, and where that is written', () => {
  for (const one of classifyStack(changesOf(allSteps))) {
    assert.match(one.says, /^\S+ ".+": .+ \(.+: .+ -> .+\)\.$/)
    assert.ok(one.says.includes(one.was) && one.says.includes(one.becomes), one.says)
    assert.ok(one.source.length > 10)
  }
})
