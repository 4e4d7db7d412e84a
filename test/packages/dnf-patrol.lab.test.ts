import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { lookAt } from '../../playbooks/facts/patrol.ts'
import { valueOf } from '../core/journal/open-state.ts'
import { nothingBefore, nothingWanted } from '../facts/patrol-answer.ts'
import { figuresOf } from '../facts/patrol-host.ts'
import { type DnfHost, dnfHost } from './dnf-host.ts'

describe('an inspection of a host with dnf', () => {
  let on: DnfHost
  before(async () => {
    on = await dnfHost()
  })
  after(() => on.close())

  async function looked() {
    const host = { ...on.root.host, roundTrips: async () => [1, 1, 1, 1, 1] }
    const wanted = { ...nothingWanted, packages: 'dnf' } as const
    const look = valueOf(await lookAt(host, wanted, nothingBefore, { now: Date.now }))
    const [updates] = look.figures.filter(({ item }) => item === 'securityUpdates')
    assert.ok(updates)
    return { look, updates }
  }

  test('finds the updates that an advisory of security is for, in the indexes that are there, and writes nothing', async () => {
    on.root.sh('dnf -q makecache >/dev/null 2>&1; sleep 1.1; touch /run/mark; sleep 1.1')
    const { look, updates } = await looked()
    assert.ok(updates.state === 'seen', JSON.stringify(updates))
    assert.deepEqual([updates.value, updates.said], [1, 'up-app 2.0-1'])
    assert.deepEqual(figuresOf(look, 'updateIndexes'), ['=0'])
    const written =
      'find /var/cache/dnf /var/lib/dnf /var/log /etc -newer /run/mark ! -type d 2>/dev/null || true'
    assert.equal(on.root.sh(written), '')
  })

  test('calls them unknown without an index', async () => {
    on.root.sh('rm -rf /var/cache/dnf/*')
    const { updates } = await looked()
    assert.equal(updates.state, 'unknown')
  })
})
