import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import type { Host } from '../../connect/ssh.ts'
import { type Store, storeOpen } from '../../core/store/store.ts'
import { conffileConflicts, conffiles } from '../../playbooks/facts/conffiles.ts'
import { fetchPackages } from '../../playbooks/facts/package-files.ts'
import { cleanUpPlan, pendingUpgrades, type PendingUpgrades } from '../../playbooks/facts/pending.ts'
import { receiveInto } from '../../playbooks/facts/receive-files.ts'
import { asRoot, codes, labConnect, value } from './lab.ts'
import { offerOa, withdrawOa } from '../lab/oa.ts'

const planId = 'test-files'
const portal = '/etc/oa/portal.conf'

describe('package files of a real host', () => {
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-store-'))
  let host: Host
  let store: Store
  let pending: PendingUpgrades
  before(async () => {
    await offerOa('oa-portal-1.1')
    host = await labConnect('oa-test')
    store = value(await storeOpen(dir))
    pending = value(await pendingUpgrades(host, { only: 'all', origins: [], holds: [], planId }))
  })
  after(async () => {
    await withdrawOa('oa-portal-1.1')
    value(await cleanUpPlan(host, planId))
    host.close()
    rmSync(dir, { recursive: true })
  })

  test('come into the content store with the digests of the index, and only once', async () => {
    const wanted = new Set(
      await store.missing([...new Set(pending.changes.map((change) => change.to.sha256))]),
    )
    const o = { planId, wanted: (sha256: string) => wanted.has(sha256), oldVersions: 'go-without' } as const
    const fetched = value(await fetchPackages(host, pending, o))
    const received = value(
      await receiveInto(host, fetched.files, store, { fetchedAt: '2026-01-01T00:00:00Z', timeoutMs: 60_000 }),
    )
    assert.equal(
      received.bytes,
      pending.changes.reduce((sum, change) => sum + change.to.bytes, 0),
    )
    for (const { to } of pending.changes) {
      const bytes = readFileSync(store.path(to.sha256))
      assert.equal(createHash('sha256').update(bytes).digest('hex'), to.sha256)
    }
    wanted.clear()
    assert.deepEqual(value(await fetchPackages(host, pending, o)).files, [])
  })

  test('bring CVE ids of their own changelogs, above the installed version', async () => {
    const o = { planId, wanted: () => false, oldVersions: 'go-without' } as const
    const { packages } = value(await fetchPackages(host, pending, o))
    const ofSource = packages.filter((one) => /^(openssl|libssl3)$/.test(one.name))
    for (const one of ofSource) {
      assert.equal(one.changelog, 'read', one.name)
      assert.ok(one.cves.length > 0, `${one.name} fixes something`)
    }
    assert.deepEqual(packages.find((one) => one.name === 'oa-portal')?.cves, [])
    assert.equal(new Set(packages.map((one) => one.name)).size, pending.changes.length)
  })

  test('bring conffiles, and a conflict is one that the admin and the package both changed', async () => {
    const o = { planId, wanted: () => false, oldVersions: 'go-without' } as const
    const { packages } = value(await fetchPackages(host, pending, o))
    const paths = packages.flatMap((one) => one.conffiles.map((file) => file.path))
    assert.ok(paths.includes(portal))
    const conflicts = async () =>
      conffileConflicts(value(await conffiles(host, paths)), packages).map((one) => one.path)
    assert.deepEqual(await conflicts(), [])
    await asRoot(host, `cp -a ${portal} /var/tmp/portal.conf; echo 'language = de' >>${portal}`)
    const changed = value(await conffiles(host)).changed.map((one) => one.path)
    assert.deepEqual(await conflicts(), [portal])
    await asRoot(host, `rm ${portal}`)
    assert.deepEqual(await conflicts(), [portal], 'a file that the admin took away is one, too')
    await asRoot(host, `mv /var/tmp/portal.conf ${portal}`)
    assert.ok(changed.includes(portal))
  })

  test('of versions that are to be had nowhere are refused, or put together again and so named', async () => {
    const lost: PendingUpgrades = {
      ...pending,
      changes: pending.changes.map((change) =>
        change.name === 'oa-portal' || change.name === 'libssl3'
          ? { ...change, from: { source: 'none' } }
          : change,
      ),
    }
    const o = { planId, wanted: () => false } as const
    const required = await fetchPackages(host, lost, { ...o, oldVersions: 'required' })
    assert.ok(codes(required).every((code) => code === 'apt/old-version-missing oa-test'))
    const once = value(await fetchPackages(host, lost, { ...o, oldVersions: 'repack' }))
    assert.deepEqual(once.files.map((file) => `${file.name} ${file.source}`).sort(), [
      'libssl3 repacked',
      'oa-portal repacked',
    ])
    const again = value(await fetchPackages(host, lost, { ...o, oldVersions: 'repack' }))
    assert.deepEqual(again.files, once.files, 'the same tree gives the same bytes')
    const [path] = once.files.filter((file) => file.name === 'oa-portal').map((file) => file.path)
    const said = await asRoot(
      host,
      `dpkg-deb -f ${path} Package Version Upkeep-Repacked; dpkg-deb -c ${path}`,
    )
    assert.match(said, /Package: oa-portal\nVersion: 1\.0\nUpkeep-Repacked: yes/)
    assert.match(said, /root\/root .* \.\/etc\/oa\/portal\.conf/)
  })

  // Fault, packages: a package file is not what the index named. Outcome: refused.
  test('that are not what the index named are refused', async () => {
    const [first] = pending.changes
    assert.ok(first !== undefined)
    const other = { ...first, to: { ...first.to, sha256: '0'.repeat(64) } }
    const spoilt = { ...pending, changes: [other] }
    const read = await fetchPackages(host, spoilt, { planId, wanted: () => true, oldVersions: 'go-without' })
    assert.deepEqual(codes(read), ['apt/wrong-bytes oa-test'])
  })
})
