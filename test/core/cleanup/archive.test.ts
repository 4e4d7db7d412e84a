import assert from 'node:assert/strict'
import test from 'node:test'
import { pendingArchives } from '../../../core/cleanup/archive.ts'
import { isTried } from '../../../core/cleanup/evidence.ts'
import type { Event } from '../../../schemas/event.ts'

const to = { host: 'store', directory: '/srv/archive' }
const file = { file: '/srv/archive/x.tar.gz', sha256: 'a', bytes: 9, entries: 1, manifest: 'b' }
let sequence = 0

function event(type: string, data: Event['data'], subject = 'h'): Event {
  sequence += 1
  const zeros = '0'.repeat(64)
  const head = { specversion: '1.0', id: String(sequence), source: 'upkeep/acme', type, subject } as const
  return {
    ...head,
    time: '2026-11-20T10:00:00.000Z',
    sequence,
    previous: zeros,
    actor: 'li@ops',
    data,
    hash: zeros,
  }
}

const row = { name: 'exports', digest: 'd', refused: null, takenFiles: 1, archiveTo: to }
const started = event('cleanup.started', { cleanup: 'c-1', system: 'erp' })
const cleaned = (more: object = {}) =>
  event('cleanup.host.ended', { cleanup: 'c-1', ring: 'test', outcome: 'done', rules: [{ ...row, ...more }] })
const about = { cleanup: 'c-1', rule: 'exports' }
const archived = event('cleanup.archived', { ...about, ...file })
const ended = (outcome: string) => event('cleanup.archive.ended', { ...about, outcome })
const one = {
  cleanup: 'c-1',
  host: 'h',
  ring: 'test',
  rule: 'exports',
  to,
  archived: null,
  open: null,
  part: 1,
}
const rule = { name: 'exports', digest: 'd', archiveTo: to }
const begun = event('cleanup.host.started', {
  cleanup: 'c-1',
  ring: 'test',
  rules: [{ name: 'logs', digest: 'e' }, rule],
})
const open = { ...one, open: ['e', 'd'] }
const unsaid = (outcome: string) =>
  event('cleanup.host.ended', { cleanup: 'c-1', ring: 'test', outcome, rules: [] })

// what happened, what waits, whether the rule may count as tried
const cases = [
  ['nothing was cleaned up', [started], [], false],
  ['it was put aside', [started, cleaned()], [one], false],
  ['nothing was put aside', [started, cleaned({ takenFiles: 0 })], [], false],
  ['a tree was put aside', [started, cleaned({ takenFiles: 0, takenTrees: 1 })], [one], false],
  ['a rule that does not archive', [started, cleaned({ archiveTo: undefined })], [], true],
  ['a try failed', [started, cleaned(), ended('failed')], [one], false],
  ['it was archived, and is not gone yet', [started, cleaned(), archived], [{ ...one, archived }], false],
  ['it is gone', [started, cleaned(), archived, ended('done')], [], true],
  [
    'it failed, came back by undo, and nothing was left',
    [started, cleaned(), ended('failed'), ended('done')],
    [],
    false,
  ],
  ['another system', [event('cleanup.started', { cleanup: 'c-1', system: 'oa' }), cleaned()], [], false],
  ['the controller was killed at it', [started, begun], [open], false],
  ['nobody knows how the host ended', [started, begun, unsaid('unknown')], [open], false],
  ['the host ended at a limit and could not say', [started, begun, unsaid('failed')], [one], false],
  ['it put nothing aside', [started, begun, cleaned({ takenFiles: 0 })], [], false],
  ['it is not known what it put aside', [started, begun, cleaned({ takenFiles: 0, kept: 1 })], [one], false],
  [
    'a second try took no more',
    [started, begun, unsaid('failed'), begun, cleaned({ takenFiles: 0 })],
    [one],
    false,
  ],
  [
    'its end came to be known after it was archived',
    [started, begun, archived, begun, cleaned()],
    [{ ...one, archived }],
    false,
  ],
  [
    'more was put aside after the first part was archived',
    [started, begun, unsaid('failed'), archived, ended('done'), begun, cleaned()],
    [{ ...one, part: 2 }],
    true,
  ],
  ['it was archived, and its end is not known', [started, begun, archived, ended('done')], [], false],
  [
    'another host is done',
    [started, cleaned(), event('cleanup.archive.ended', { ...about, outcome: 'done' }, 'other')],
    [one],
    false,
  ],
] as const

for (const [name, events, waits, tried] of cases) {
  test(`archives that wait: ${name}`, () => {
    const found = pendingArchives(events, 'erp')
    const wanted = waits.map((wait) => ({
      ...wait,
      archived: wait.archived === null ? null : { ...about, ...file },
    }))
    assert.deepEqual(found, wanted)
    assert.equal(isTried(events, 'erp', 'd'), tried)
  })
}
