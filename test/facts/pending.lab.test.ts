import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import type { Host } from '../../connect/ssh.ts'
import { conffiles } from '../../playbooks/facts/conffiles.ts'
import { hostHealth } from '../../playbooks/facts/doctor.ts'
import { takeManifest } from '../../playbooks/facts/manifest.ts'
import { fetchPackages } from '../../playbooks/facts/package-files.ts'
import { cleanUpPlan, pendingUpgrades, type PendingOptions } from '../../playbooks/facts/pending.ts'
import { predictRestarts, staleUnits } from '../../playbooks/facts/restarts.ts'
import { updaters } from '../../playbooks/facts/updaters.ts'
import { asRoot, codes, fileTree, holdLock, labConnect, value } from './lab.ts'
import { offerOa, withdrawOa } from '../lab/oa.ts'

const planId = 'test-pending'
const o: PendingOptions = { only: 'security', origins: [], holds: [], planId }
const sources = '/etc/apt/sources.list.d/test.list'

describe('pending upgrades of a real host', () => {
  let host: Host
  before(async () => {
    await offerOa('security-all')
    host = await labConnect('oa-test')
  })
  after(async () => {
    await withdrawOa('security-all')
    await asRoot(host, `rm -f ${sources}`)
    value(await cleanUpPlan(host, planId))
    host.close()
  })

  async function withSource(line: string): Promise<readonly string[]> {
    await asRoot(host, `printf '%s\\n' '${line}' >${sources}`)
    const read = await pendingUpgrades(host, o)
    await asRoot(host, `rm ${sources}`)
    return codes(read)
  }

  test('are read, with their files and all other facts, without a trace on the host', async () => {
    const tree = await fileTree(host)
    const pending = value(await pendingUpgrades(host, o))
    assert.ok(pending.changes.length > 0, 'the lab offers security updates')
    value(await fetchPackages(host, pending, { planId, wanted: () => true, oldVersions: 'repack' }))
    value(await conffiles(host, ['/etc/passwd']))
    value(await predictRestarts(host, pending))
    value(await staleUnits(host))
    value(await takeManifest(host))
    value(await updaters(host))
    await hostHealth(host, { nowMs: Date.now })
    value(await cleanUpPlan(host, planId))
    assert.deepEqual(await fileTree(host), tree)
  })

  test('are security updates with a digest, an origin and a known old version', async () => {
    const pending = value(await pendingUpgrades(host, o))
    const versions = await asRoot(host, `dpkg-query -W -f '\${Package} \${Version}\\n'`)
    for (const change of pending.changes) {
      assert.match(change.to.sha256, /^[0-9a-f]{64}$/)
      assert.match(change.origin, /bookworm-security|Debian-Security|security/)
      assert.ok(change.security || change.fromVersion === null, `${change.name} is a security update`)
      if (change.fromVersion !== null) assert.ok(versions.includes(`${change.name} ${change.fromVersion}\n`))
    }
    assert.equal(pending.release, 'debian 12')
    assert.ok(pending.space.some((place) => place.path === '/' && place.freeBytes > 0))
    assert.ok(Math.abs(pending.hostTimeMs - Date.now()) < 60_000)
    const names = (list: typeof pending.changes) => list.map((change) => change.name)
    const all = value(await pendingUpgrades(host, { ...o, only: 'all' }))
    for (const name of names(pending.changes)) assert.ok(names(all.changes).includes(name), name)
  })

  test('leave held packages alone and say who holds them', async () => {
    const [first, second] = value(await pendingUpgrades(host, o)).changes.map((change) => change.name)
    assert.ok(first !== undefined && second !== undefined)
    await asRoot(host, `apt-mark hold ${first}`)
    const pending = value(await pendingUpgrades(host, { ...o, holds: [`${second.slice(0, -1)}*`] }))
    await asRoot(host, `apt-mark unhold ${first}`)
    assert.deepEqual(pending.holds, [first])
    const why = new Map(pending.keptBack.map((kept) => [kept.name, kept.why]))
    assert.equal(why.get(first), 'held on the host')
    assert.equal(why.get(second), 'held in the estate')
    assert.ok(pending.changes.every((change) => change.name !== first && change.name !== second))
  })

  // Fault 7, packages: somebody holds the lock of dpkg when it is planned. Outcome: refused, and he is named.
  test('are refused while somebody holds the lock of dpkg, who is named', async () => {
    const lock = await holdLock(host)
    const read = await pendingUpgrades(host, o)
    await lock.release()
    assert.deepEqual(codes(read), ['dpkg/locked oa-test:/var/lib/dpkg/lock-frontend'])
    assert.ok(!read.ok)
    assert.match(read.problems[0]?.what ?? '', /process \d+ of somebody\.service holds its lock/)
    assert.match(read.problems[0]?.found ?? '', /perl/)
    assert.deepEqual(codes(await pendingUpgrades(host, o)), ['ok'])
  })

  // Fault 7, packages: earlier work of dpkg is half done when it is planned. Outcome: refused.
  test('are refused while work of dpkg is half done', async () => {
    await asRoot(host, 'dpkg-query -s hostname >/dev/null; : >/var/lib/dpkg/updates/0001')
    assert.deepEqual(codes(await pendingUpgrades(host, o)), ['dpkg/interrupted oa-test'])
    await asRoot(host, 'rm /var/lib/dpkg/updates/0001; cp -a /var/lib/dpkg/status /var/tmp/status.good')
    await asRoot(
      host,
      `sed -i '/^Package: hostname$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status`,
    )
    const read = await pendingUpgrades(host, o)
    await asRoot(host, 'mv /var/tmp/status.good /var/lib/dpkg/status')
    assert.ok(!read.ok && read.problems[0]?.code === 'dpkg/interrupted')
    assert.match(read.problems[0].found ?? '', /hostname \(iF\)/)
  })

  // Fault, packages: a source is unsigned, or trusted without a signature. Outcome: refused.
  test('are refused with a source that nobody signed, or that takes the unsigned', async () => {
    await asRoot(
      host,
      `mkdir -p /srv/unsigned; cd /srv/unsigned; : >Packages
      printf 'Date: %s\\nSHA256:\\n %s 0 Packages\\n' "$(date -uR)" "$(sha256sum <Packages | cut -d' ' -f1)" >Release`,
    )
    assert.deepEqual(await withSource('deb file:/srv/unsigned ./'), ['apt/unsigned-origin oa-test'])
    assert.deepEqual(await withSource('deb [trusted=yes] file:/srv/unsigned ./'), [
      `apt/unsigned-origin oa-test:${sources}:1`,
    ])
    await asRoot(host, 'rm -r /srv/unsigned')
  })

  test('are refused when one index can not be reached, which is named', async () => {
    // The second one is on the address of a good one: apt 2.6 waits for ever there when it delays its retries.
    for (const address of ['127.0.0.1:9', '10.77.0.1:9']) {
      await asRoot(host, `echo 'deb http://${address}/debian bookworm main' >${sources}`)
      const read = await pendingUpgrades(host, o)
      await asRoot(host, `rm ${sources}`)
      assert.ok(!read.ok && read.problems.every((problem) => problem.code === 'apt/index-unreachable'))
      assert.ok(read.problems.some((problem) => problem.what.includes(`http://${address}/debian`)))
    }
  })

  test('clean up after killed controllers, and touch nothing of others', async () => {
    await asRoot(
      host,
      `mkdir -p /var/tmp/upkeep-plan-old/x /var/tmp/upkeep-plan-young /var/tmp/other
       mkdir /var/tmp/upkeep-plan-alien && chown 65534 /var/tmp/upkeep-plan-alien
       ln -s /etc /var/tmp/upkeep-plan-link
       touch -d '2 days ago' /var/tmp/upkeep-plan-old /var/tmp/upkeep-plan-alien /var/tmp/other`,
    )
    value(await cleanUpPlan(host, planId))
    const left = await asRoot(host, 'ls /var/tmp | grep -v ^systemd; ls /etc/passwd')
    await asRoot(host, 'cd /var/tmp && rm -r other upkeep-plan-young upkeep-plan-alien upkeep-plan-link')
    assert.deepEqual(left.trim().split('\n'), [
      'other',
      'upkeep-plan-alien',
      'upkeep-plan-link',
      'upkeep-plan-young',
      '/etc/passwd',
    ])
  })

  test('do not use a directory that somebody else made', async () => {
    await asRoot(host, `mkdir /var/tmp/upkeep-plan-${planId} && chown 65534 /var/tmp/upkeep-plan-${planId}`)
    assert.deepEqual(codes(await pendingUpgrades(host, o)), ['host/directory-taken oa-test:/var/tmp'])
    await asRoot(host, `rmdir /var/tmp/upkeep-plan-${planId}`)
  })
})
