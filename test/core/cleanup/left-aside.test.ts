import assert from 'node:assert/strict'
import test from 'node:test'
import { leftAside } from '../../../playbooks/cleanup/make-plan.ts'

const created = new Date('2026-11-26T12:00:00Z')
const hourS = 3600
const nowS = created.getTime() / 1000

/** The notes of a plan on one quarantine of a host. */
function notes(changes: object): readonly string[] {
  const one = {
    id: 'clean-erp-1',
    place: '/q/clean-erp-1',
    entries: 3,
    bytes: 1,
    until: nowS + hourS,
    unjudged: 0,
  }
  const nothing = { files: 0, bytes: 0, processes: [] }
  const found = { rules: [], deletedButOpen: nothing, stuckLogrotate: [], keptForEver: [] }
  return leftAside('erp-1', { ...found, aside: [{ ...one, ...changes }] }, created)
}

// Fault, clean up: the purge of a quarantine never came: a restart, a lock that was held, a full disk. Outcome: the next plan says so.
test('a quarantine whose time is over by more than a day of waiting is named', () => {
  assert.deepEqual(notes({}), [])
  assert.deepEqual(notes({ until: nowS - 24 * hourS }), [], 'its purge may wait for its turn yet')
  assert.match(
    notes({ until: nowS - 26 * hourS })[0] ?? '',
    /^erp-1: .*clean-erp-1 was over on 2026-11-25, and no purge/,
  )
  assert.deepEqual(notes({ until: nowS - 26 * hourS, entries: 0 }), [])
  assert.deepEqual(notes({ until: null }), [])
})

test('what a killed run has moved and not judged is named', () => {
  assert.match(notes({ unjudged: 2 })[0] ?? '', /^erp-1: 2 entries of clean-erp-1 .* not looked at again/)
})
