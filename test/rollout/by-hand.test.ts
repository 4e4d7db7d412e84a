import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SnapshotDriver } from '../../connect/snapshot/driver.ts'
import { type HostState, newRollout } from '../../core/run/state.ts'
import { byHand } from '../../playbooks/rollout/by-hand.ts'
import type { HostPlan } from '../../schemas/plan.ts'
import { simulatedHost, simulatedPlan } from '../core/run/fleet.ts'

const snapshots = {
  byHand: (host: string, name: string) => [`swap ${host} ${name}`],
} as unknown as SnapshotDriver

function lines(state: Partial<HostState>, planned: Partial<HostPlan> = {}): string {
  const host = { ...simulatedHost('p', 'production', ['app']), ...planned }
  const plan = simulatedPlan([host], [['p']])
  const fresh = newRollout(plan)
  const p = fresh.hosts['p']
  assert.ok(p)
  const stuck: HostState = { ...p, phase: 'ended', outcome: 'stuck', said: 'it broke', ...state }
  return byHand(plan, 'p', { ...fresh, hosts: { p: stuck } }, snapshots).join('\n')
}

describe('what a person does about a host', () => {
  test('is told of a stuck one only', () => {
    for (const outcome of ['done', 'undone', 'failed', 'unknown', null] as const)
      assert.equal(lines({ outcome }), '', String(outcome))
    assert.match(lines({}), /^p IS STUCK: .*\n[^]*What went wrong: it broke\n/)
  })

  test('names the way that got stuck, and why it was taken at all', () => {
    const text = lines({ way: 'packages', why: 'check.verify: 500' })
    assert.match(text, /on the way back "packages": it broke\nIt went back because of: check\.verify: 500\n/)
  })

  test('shows the output of each script that failed', () => {
    const failed = { outcome: 'failed', ms: 1, said: '' } as const
    const text = lines({ ended: { 'apt.install': failed, 'check.patched': failed } })
    assert.match(text, /cat '\/var\/lib\/upkeep\/upkeep-r1-apt\.install\/output'/)
    assert.doesNotMatch(text, /check\.patched/)
  })

  test('offers a snapshot that was taken, and warns of what is lost by it', () => {
    assert.match(lines({}), /There is no snapshot of this host from this rollout\./)
    const before = lines({ snapshot: true })
    assert.match(
      before,
      /snapshot upkeep-r1, taken before the patch, where the host runs; nothing counts then what is lost, and what was written since, past the closed traffic, is lost:\n {2}swap p upkeep-r1\n/,
    )
    const stateless = lines({ snapshot: true }, { stateless: true })
    assert.match(stateless, /taken before the patch, where the host runs:\n {2}swap p upkeep-r1\n/)
    const lost = /ALL THAT WAS WRITTEN SINCE IS LOST/
    assert.doesNotMatch(before, lost)
    assert.match(lines({ snapshot: true, opened: true }), lost)
    assert.doesNotMatch(lines({ snapshot: true, opened: true }, { stateless: true }), lost)
    assert.match(lines({ snapshot: true }, { standbys: ['p2'] }), /rebuild the standby p2/)
  })

  test('does not say that the snapshot of an application loses rows of a database elsewhere', () => {
    const facts = { transactions: 7, dump: '/d/erp.sql.gz', on: 'db1', sha256: 'abc' }
    const ended = {
      'schema.compare-erp-on-db1': { outcome: 'failed', ms: 1, said: '', facts },
    } as const
    const text = lines({ snapshot: true, opened: true, ended })
    assert.doesNotMatch(text, /7 TRANSACTIONS|dumped on p /)
  })

  test('names the dump on the controller, and the words with which Upkeep asks what may be lost', () => {
    const facts = { transactions: 7, dump: { file: '/state/p.sql.gz', bytes: 1, sha256: 'abc' } }
    const ended = { 'rows.count-5432': { outcome: 'failed', ms: 1, said: '', facts } } as const
    const databases = [{ name: 'erp', port: 5432 }]
    const planned = simulatedHost('p', 'production', ['db'], { databases })
    const text = lines({ snapshot: true, opened: true, ended }, planned)
    assert.match(text, /ALL THAT WAS WRITTEN SINCE IS LOST: 7 TRANSACTIONS/)
    assert.match(text, /lies on the controller: \/state\/p\.sql\.gz\n/)
    const words = /upkeep rollback --rollout r1 --host p --way snapshot --reason TEXT\n/
    const counted =
      /Or let Upkeep go back by the snapshot upkeep-r1[^\n]*asks for the number first:\n {2}upkeep rollback[^]*Only where Upkeep can not; nothing counts then[^]*\n {2}swap p/
    // Closed, somebody may have written all the same: the way that counts comes first there too.
    for (const opened of [true, false])
      assert.match(lines({ snapshot: true, opened, ended: opened ? ended : {} }, planned), counted)
    assert.match(text, words)
    assert.doesNotMatch(lines({ snapshot: true, opened: true, ended }), words)
  })

  test('says how many transactions a snapshot loses, and where their dump is', () => {
    const facts = { transactions: 12, dump: '/d/erp.sql.gz', sha256: 'abc' }
    const ended = { 'schema.compare-erp': { outcome: 'failed', ms: 1, said: '', facts } } as const
    const text = lines({ snapshot: true, opened: true, ended })
    assert.match(text, /ALL THAT WAS WRITTEN SINCE IS LOST: 12 TRANSACTIONS/)
    assert.match(text, /on p to another machine:\n {2}sha256sum '\/d\/erp\.sql\.gz' # abc\n {2}swap p/)
    assert.match(lines({ snapshot: true, ended }), /12 TRANSACTIONS/, 'whether it was open or not')
    assert.doesNotMatch(lines({ snapshot: true, ended }, { stateless: true }), /12 TRANSACTIONS/)
  })

  test('gives traffic back where it was taken', () => {
    assert.match(lines({ closed: true }), /not given back\.[^]*give it traffic again:\n {2}on lb: 'open'\n/)
    assert.doesNotMatch(lines({ closed: false }), /on lb/)
  })

  test('removes what the patch added, and puts old files back by their name', () => {
    const [one] = simulatedHost('p', 'production', ['app']).packages
    assert.ok(one)
    const text = lines({}, { packages: [one, { ...one, name: 'helper', from: null, fromVersion: null }] })
    assert.match(
      text,
      /apt-get install --allow-downgrades '\/var\/lib\/upkeep\/packages\/r1\/old\/openssl_amd64\.deb'\n/,
    )
    assert.match(text, /apt-get purge 'helper'\n/)
  })

  test('speaks of the package manager that the host has', () => {
    const [one] = simulatedHost('p', 'production', ['app']).packages
    assert.ok(one)
    const added = { ...one, name: 'helper', from: null, fromVersion: null }
    const text = lines({}, { manager: 'dnf', packages: [one, added] })
    assert.match(
      text,
      /\n {2}dnf downgrade '\/var\/lib\/upkeep\/packages\/r1\/old\/openssl_amd64\.rpm'\n {2}dnf --noautoremove remove 'helper'\n/,
    )
    assert.doesNotMatch(text, /dpkg|apt/)
  })
})
