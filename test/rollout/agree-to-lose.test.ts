import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RolloutEvent } from '../../core/run/events.ts'
import { newRollout } from '../../core/run/state.ts'
import { agreeToLose } from '../../playbooks/rollout/agree-to-lose.ts'
import { scriptText } from '../../playbooks/steps/script.ts'
import type { Event } from '../../schemas/event.ts'
import { conforms } from '../../schemas/load.ts'
import { ok } from '../../schemas/problem.ts'
import { EventOutput } from '../../schemas/rollout-output.ts'
import { simulatedHost, simulatedPlan } from '../core/run/fleet.ts'
import { printed, simulatedHostWorld } from '../perform/world.ts'

const step = 'rows.count-5432'
const facts = { transaction: '700', place: '0/1A', open: '-' }
const dump = { file: '/state/x.sql.gz', bytes: 1, sha256: 'd'.repeat(64) }

type Case = {
  readonly count?: string
  readonly answer?: string | null
  readonly lose?: number
  readonly json?: boolean
  readonly events?: readonly unknown[]
  readonly snapshot?: boolean
  readonly databases?: readonly { readonly name: string; readonly port: number }[]
  readonly stateless?: boolean
  /** The dumps that were made are not on the controller any more. */
  readonly isGone?: boolean
}

/** What a person is asked, told and held to about the snapshot of one host. */
async function asked(o: Case) {
  const databases = o.databases ?? [{ name: 'erp', port: 5432 }]
  const host = {
    ...simulatedHost('p', 'production', ['db'], { databases }),
    stateless: o.stateless === true,
  }
  const plan = simulatedPlan([host], [['p']])
  const fresh = newRollout(plan)
  const p = fresh.hosts['p'] ?? assert.fail()
  const ended = { 'schema.take-erp': { outcome: 'done', ms: 1, said: '', facts } as const }
  const state = { ...fresh, hosts: { p: { ...p, snapshot: o.snapshot ?? true, ended } } }
  const told: RolloutEvent[] = []
  const out: string[] = []
  const questions: string[] = []
  const world = simulatedHostWorld({
    run(script) {
      if (script === scriptText('rows-count.sh')) return printed(o.count ?? '3 log\n')
      return printed(script === scriptText('rows-dump.sh') ? `${'c'.repeat(64)} 9 /d/engine.sql.gz\n` : '')
    },
  })
  const result = await agreeToLose({
    shell: {
      json: o.json ?? false,
      out: (line) => void out.push(line),
      ask: async (question) => {
        questions.push(question)
        return o.answer ?? null
      },
      env: {},
      user: 'ada',
      machine: 'ops',
    },
    session: {
      events: () => (o.events ?? []) as readonly Event[],
      tell: async (event) => {
        told.push(event)
        return { ...event, timeMs: 0 }
      },
    },
    world: { ...world, files: { ...world.files, hasDump: async () => o.isGone !== true } },
    rollout: { plan, state, reason: '', by: '' },
    host: 'p',
    lose: o.lose ?? null,
  })
  const code = result.ok ? null : result.problems[0]?.code
  return { result, code, told, out: out.join('\n'), questions }
}

describe('what the snapshot of a host loses', () => {
  test('is counted, dumped, journalled and shown before a person at a terminal is asked for the number', async () => {
    const { result, told, out, questions } = await asked({ answer: ' 3 ' })
    assert.deepEqual(result, ok({ [step]: 3 }))
    assert.match(out, /p: 3 transactions were committed.*\n.*\/state\/dumps\/r1\/p-5432-c{12}\.sql\.gz/)
    assert.match(questions.join(), /To lose 3 transactions of p, type the number/)
    const [event] = told
    assert.ok(event?.type === 'rows.counted')
    assert.equal(event.data.by, 'ada@ops')
    assert.equal(event.data.engines[0]?.dump?.sha256, 'c'.repeat(64))
  })

  test('is told to programs as the event that is in the journal', async () => {
    const { out } = await asked({ json: true, lose: 3 })
    const event = JSON.parse(out) as unknown
    assert.ok(conforms(EventOutput, event), out)
    assert.match(out, /"type":"rows.counted","subject":"p"/)
  })

  test('is not agreed to by another number, by yes, by silence, or without a terminal', async () => {
    for (const answer of ['4', 'yes', '', null]) {
      const { code, told } = await asked({ answer })
      assert.equal(code, 'gate/rows-not-agreed', String(answer))
      assert.equal(told.length, 1, 'what was shown is in the journal')
    }
  })

  test('is told with the words that agree to it', async () => {
    const { result } = await asked({ answer: null })
    const [problem] = result.ok ? [] : result.problems
    assert.equal(problem?.expected, '--lose 3')
    assert.match(problem.fix ?? '', /--rollout r1 --host p --way snapshot --lose 3 /)
    assert.match(problem.found ?? '', /^3 would be lost; dumped to \/state\//)
  })

  test('is agreed to by --lose with the number that there is now, and by no other one', async () => {
    assert.deepEqual((await asked({ lose: 3 })).result, ok({ [step]: 3 }))
    for (const lose of [0, 2, 4]) {
      const { code, questions } = await asked({ lose })
      assert.equal(code, 'gate/rows-not-agreed')
      assert.deepEqual(questions, [], 'who gives a number is not asked')
    }
    assert.equal((await asked({ lose: 3, json: true })).code, null)
    assert.equal((await asked({ json: true, answer: '3' })).code, 'gate/rows-not-agreed')
  })

  test('may be the number shown last, though more was committed since: the closed host is counted again', async () => {
    const shown = (engines: readonly unknown[], subject = 'p', rollout = 'r1') => ({
      type: 'rows.counted',
      subject,
      data: { rollout, by: 'ada@ops', engines },
    })
    const counted = [{ step, transactions: 2, said: '', dump }]
    const last = await asked({ lose: 2, events: [shown(counted)] })
    assert.deepEqual(last.result, ok({ [step]: 2 }))
    assert.deepEqual(last.told, [], 'it was counted and dumped when it was shown')
    const gone = await asked({ lose: 2, events: [shown(counted)], isGone: true })
    assert.equal(gone.code, 'gate/rows-not-agreed', 'there are three now')
    const anew = await asked({ lose: 2, count: '2 log\n', events: [shown(counted)], isGone: true })
    assert.deepEqual(anew.result, ok({ [step]: 2 }))
    assert.ok(anew.told.length === 1, 'what is not there any more is dumped anew')

    for (const events of [
      [shown(counted, 'other')],
      [shown(counted, 'p', 'r0')],
      [shown([{ step, transactions: 2, said: '', dump: null }])],
      [shown(counted), shown([{ step, transactions: 5, said: '', dump }])],
    ])
      assert.equal((await asked({ lose: 2, events })).code, 'gate/rows-not-agreed')
  })

  test('may be the number that was found when the snapshot was to come back', async () => {
    const found = (data: Readonly<Record<string, unknown>>) => ({
      type: 'step.ended',
      subject: 'p',
      data: { rollout: 'r1', step, outcome: 'failed', ...data },
    })
    const events = [found({ facts: { transactions: 7, dump } })]
    assert.deepEqual((await asked({ lose: 7, events })).result, ok({ [step]: 7 }))
    const later = [...events, found({ problem: { code: 'snapshot/rows-uncounted' } })]
    assert.equal((await asked({ lose: 7, events: later })).code, 'gate/rows-not-agreed')
  })

  test('is nothing: nobody is asked', async () => {
    const { result, questions } = await asked({ count: '0 log\n' })
    assert.deepEqual(result, ok({ [step]: 0 }))
    assert.deepEqual(questions, [])
  })

  test('is not known: refused, whatever number is given', async () => {
    assert.equal((await asked({ count: 'no\n', lose: 3 })).code, 'snapshot/rows-uncounted')
  })

  test('without a snapshot, or where nobody can count, refused; where nothing is kept, agreed', async () => {
    assert.equal((await asked({ snapshot: false })).code, 'gate/no-snapshot')
    assert.equal((await asked({ databases: [] })).code, 'gate/rows-not-countable')
    assert.deepEqual((await asked({ databases: [], stateless: true })).result, ok({}))
  })
})
