import assert from 'node:assert/strict'
import test from 'node:test'
import { hostSoFar } from '../../../core/cleanup/evidence.ts'
import { freezeAt, plannedRule, productionGate } from '../../../core/cleanup/gate.ts'
import type { ResolvedCleanupRule } from '../../../core/estate/resolved.ts'
import type { Event } from '../../../schemas/event.ts'

const written: ResolvedCleanupRule = {
  name: 'exports',
  where: ['/srv/exports'],
  what: ['*.csv'],
  not: [],
  olderThanMs: 86_400_000,
  ageBy: 'ctime',
  keepNewest: 0,
  capBytes: null,
  onlyAbovePercent: null,
  budget: { files: 10, bytes: 1000 },
  do: 'delete',
  keepTailBytes: null,
  kernels: false,
  regenerable: false,
  rotatesJournal: false,
  mount: false,
  roles: null,
}
const day = 86_400_000
const rule = plannedRule(written, day)
let sequence = 0

function event(type: string, data: Event['data'], subject?: string): Event {
  sequence += 1
  return {
    specversion: '1.0',
    id: String(sequence),
    source: 'upkeep/acme',
    type,
    ...(subject === undefined ? {} : { subject }),
    time: '2026-11-20T10:00:00.000Z',
    sequence,
    previous: '0'.repeat(64),
    actor: 'li@ops',
    data,
    hash: '0'.repeat(64),
  }
}

const { digest } = rule
const started = event('cleanup.started', { cleanup: 'c-1', system: 'erp' })
const ended = (ring: string, refused: unknown = null, cleanup = 'c-1', more: object = {}) =>
  event(
    'cleanup.host.ended',
    { cleanup, ring, outcome: 'done', rules: [{ name: 'exports', digest, refused, takenFiles: 1, ...more }] },
    'h',
  )
const approved = (of = digest, system = 'erp') =>
  event('cleanup.approved', { cleanup: 'c-1', system, rule: 'exports', digest: of, by: 'li@ops' })

function gate(events: readonly Event[], approve: readonly string[] = [], before: readonly Event[] = events) {
  const { open, toApprove, problems } = productionGate({
    system: 'erp',
    rules: [rule],
    events,
    before,
    approve,
  })
  return { open, approves: toApprove.map(({ name }) => name), codes: problems.map(({ code }) => code) }
}

test('a rule that no test host has carried out does not go to production, whoever approves', () => {
  const shut = { open: [], approves: [], codes: ['gate/cleanup-untried'] }
  assert.deepEqual(gate([], ['exports']), shut)
  assert.deepEqual(gate([started, ended('production')], ['exports']), shut)
  assert.deepEqual(
    gate([started, ended('test', { code: 'budget' })], ['exports']),
    shut,
    'the host refused it',
  )
  assert.deepEqual(gate([started, ended('test', null, 'c-2')], ['exports']), shut, 'of another system')
  assert.deepEqual(gate([approved()]), shut, 'an approval is no evidence')
  const showsNothing: readonly object[] = [
    { takenFiles: 0 },
    { takenFiles: undefined },
    { takenFiles: 0, takenTrees: 0, held: [{ why: 'young', count: 7, example: 'x' }] },
    { failed: [{ why: 'Permission denied', count: 1, example: 'x' }] },
    { kept: 1 },
  ]
  for (const more of showsNothing)
    assert.deepEqual(
      gate([started, ended('test', null, 'c-1', more)], ['exports']),
      shut,
      JSON.stringify(more),
    )
  const tree = ended('test', null, 'c-1', { takenFiles: 0, takenTrees: 1, failed: [], kept: 0 })
  assert.deepEqual(gate([started, tree], ['exports']).open, ['exports'], 'a tree without a file in it is one')
})

test('its first run in production waits for a person who has seen the evidence; later ones do not', () => {
  const tried = [started, ended('test')]
  assert.deepEqual(gate(tried), { open: [], approves: [], codes: ['gate/cleanup-first-run'] })
  assert.deepEqual(
    gate(tried, ['exports'], []).codes,
    ['gate/cleanup-first-run'],
    'not in the run that tries it',
  )
  assert.deepEqual(gate(tried, ['other']).codes, ['gate/cleanup-first-run'])
  assert.deepEqual(gate(tried, ['exports']), { open: ['exports'], approves: ['exports'], codes: [] })
  assert.deepEqual(gate([...tried, approved()]), { open: ['exports'], approves: [], codes: [] })
  assert.deepEqual(
    gate([...tried, approved(digest, 'oa')]).codes,
    ['gate/cleanup-first-run'],
    'of another system',
  )
})

test('whatever is changed in a rule makes it another one', () => {
  const changes: readonly Partial<ResolvedCleanupRule>[] = [
    { where: ['/srv/other'] },
    { what: ['*'] },
    { not: ['x'] },
    { olderThanMs: 1 },
    { keepNewest: 1 },
    { capBytes: 1 },
    { onlyAbovePercent: 90 },
    { budget: { files: 11, bytes: 1000 } },
    { do: 'compress' },
    { regenerable: true },
    { mount: true },
    { ageBy: 'mtime' },
    { keepTailBytes: 1 },
    { roles: ['app'] },
  ]
  const digests = changes.map((change) => plannedRule({ ...written, ...change }, day).digest)
  assert.equal(new Set([digest, ...digests]).size, changes.length + 1)
  assert.notEqual(plannedRule(written, 2 * day).digest, digest, 'so does another time in quarantine')
})

test('what was begun and has no known end is asked for again; what has ended is not begun again', () => {
  const begun = event('cleanup.host.started', { cleanup: 'c-1', rules: [{ name: 'exports', digest }] }, 'h')
  const unknown = event('cleanup.host.ended', { cleanup: 'c-1', outcome: 'unknown', rules: [] }, 'h')
  const failed = event('cleanup.host.ended', { cleanup: 'c-1', outcome: 'failed', rules: [] }, 'h')
  const so = (...events: readonly Event[]) => {
    const { done, open } = hostSoFar(events, 'c-1', 'h')
    return [done, open]
  }
  assert.deepEqual(so(), [[], []])
  assert.deepEqual(so(begun), [[], [digest]])
  assert.deepEqual(so(begun, unknown), [[], [digest]])
  assert.deepEqual(so(begun, unknown, begun, ended('test')), [[digest], []])
  assert.deepEqual(so(begun, failed), [[], []], 'nothing was carried out: it may be begun again')
})

test('a freeze holds its systems, or all, and only while it lasts', () => {
  const freeze = { name: 'year end', fromMs: 100, toMs: 200 }
  const at = (nowMs: number, systems?: readonly string[]) =>
    freezeAt([{ ...freeze, ...(systems === undefined ? {} : { systems }) }], 'erp', nowMs)?.name
  assert.deepEqual([at(99), at(100), at(199), at(200)], [undefined, 'year end', 'year end', undefined])
  assert.deepEqual([at(150, ['oa']), at(150, ['erp'])], [undefined, 'year end'])
})

test('an approval may name the state of the rule that was looked at: no other state goes', () => {
  const tried = [started, ended('test')]
  assert.deepEqual(gate(tried, [`exports@${digest.slice(0, 12)}`]).approves, ['exports'])
  for (const other of [`exports@${'0'.repeat(12)}`, `exports@${digest.slice(0, 7)}`, 'exports@', 'export'])
    assert.deepEqual(gate(tried, [other]).approves, [], other)
})
