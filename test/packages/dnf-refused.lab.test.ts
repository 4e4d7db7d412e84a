import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { hostHealth } from '../../playbooks/facts/doctor.ts'
import { cleanUpPlan, type PendingOptions } from '../../playbooks/facts/pending.ts'
import { dnf } from '../../playbooks/packages/dnf.ts'
import type { Result } from '../../schemas/problem.ts'
import { value } from '../facts/lab.ts'
import { advisory, type DnfHost, dnfHost, told } from './dnf-host.ts'
import { workshop } from './rpms.ts'

const planId = 'test-refused'
const o: PendingOptions = { only: 'security', origins: [], holds: [], planId }

describe('a host with dnf on which not all is well', () => {
  let on: DnfHost
  before(async () => {
    on = await dnfHost()
  })
  afterEach(async () => {
    on.configure()
    on.publish()
    value(await cleanUpPlan(on.root.host, planId))
  })
  after(() => on.close())

  const pending = (change: Partial<PendingOptions> = {}) =>
    dnf.facts.pending(on.root.host, { ...o, ...change })

  async function fetched() {
    const found = value(await pending())
    return dnf.facts.files(on.root.host, found, { planId, wanted: () => true, oldVersions: 'required' })
  }

  function said(result: Result<unknown>): string {
    if (result.ok) return 'ok'
    return result.problems.map(({ code, where, found }) => `${code} ${where} ${found ?? ''}`).join('\n')
  }

  async function keptBack(change: Partial<PendingOptions> = {}) {
    const read = value(await pending(change))
    return Object.fromEntries(read.keptBack.map((one) => [one.name, one.why]))
  }

  test('a repository that takes unsigned packages is refused, with the line of its file', async () => {
    on.configure(['gpgcheck=0'])
    assert.match(
      said(await pending()),
      /^dnf\/unsigned-origin install-root:\/etc\/yum\.repos\.d\/up\.repo:1 file:/,
    )
    on.configure(['gpgkey=http://192.0.2.1/key.asc'])
    assert.match(said(await pending()), /^dnf\/unsigned-origin/)
  })

  test('an index that nobody signed, or that another key signed, is refused', async () => {
    on.publish(told, { unsigned: true })
    assert.match(said(await pending()), /^dnf\/unsigned-index install-root /)
    on.publish()
    const signature = join(on.dir, 'signature')
    spawnSync('cp', [join(on.repository, 'repodata/repomd.xml.asc'), signature])
    on.publish([], { unsigned: true })
    on.root.put(signature, '/srv/up/repodata/repomd.xml.asc')
    assert.match(said(await pending()), /^dnf\/unsigned-index install-root .*signature/, 'of another index')
    const stranger = workshop(join(on.dir, 'stranger'), 'Stranger')
    stranger.index(on.repository, { advisories: told })
    on.root.put(on.repository, '/srv/up')
    assert.match(said(await pending()), /^dnf\/unsigned-index install-root /)
  })

  test('an index that is not to be had is named', async () => {
    on.configure(['baseurl=http://127.0.0.1:1/nothing'])
    assert.match(said(await pending()), /^dnf\/index-unreachable install-root /)
  })

  test('a package that nobody signed, or that a stranger signed, does not get into the store', async () => {
    on.configure(['repo_gpgcheck=0'])
    const folder = join(on.dir, 'other')
    for (const [maker, unsigned] of [
      [on.work, true],
      [workshop(join(on.dir, 'stranger-too'), 'Stranger'), false],
    ] as const) {
      spawnSync('rm', ['-rf', folder])
      spawnSync('cp', ['-r', on.repository, folder])
      maker.build({ name: 'up-app', version: '5.0' }, folder, { unsigned })
      on.work.index(folder, { advisories: [advisory('UP-2026:0005', 'up-app', '5.0', [])], unsigned: true })
      on.root.put(folder, '/srv/up')
      const found = unsigned ? 'no signature' : 'a signature that does not hold, or of another key'
      assert.equal(said(await fetched()), `dnf/unsigned-package install-root ${found}`)
    }
  })

  test('a package that is another one than an unsigned index says is refused by its own header', async () => {
    on.configure(['repo_gpgcheck=0'])
    const folder = join(on.dir, 'lying')
    mkdirSync(folder)
    spawnSync('sh', [
      '-ec',
      `cp "$1"/up-*.rpm "$2" && cd "$2" && rm up-app-2.0-1.noarch.rpm && createrepo_c -q --no-database .
      zcat repodata/*-primary.xml.gz | sed '/<name>up-other/,/<\\/package>/s/ver="2"/ver="9"/' >primary.xml
      modifyrepo_c --remove primary repodata >/dev/null && modifyrepo_c --mdtype=primary primary.xml repodata >/dev/null`,
      'sh',
      on.repository,
      folder,
    ])
    on.root.put(folder, '/srv/up')
    const found = value(await pending({ only: 'all' }))
    assert.deepEqual(
      found.changes.map((one) => one.toVersion),
      ['9-1'],
    )
    const files = await dnf.facts.files(on.root.host, found, {
      planId,
      wanted: () => true,
      oldVersions: 'required',
    })
    assert.match(said(files), /^dnf\/wrong-bytes install-root another package, by its own header/)
  })

  // Fault 7, packages: somebody holds the lock of rpm. Outcome: he is named, and nothing is waited for.
  test('who holds the lock of rpm is named, and nothing is waited for', async () => {
    const lock = `import fcntl, time; f = open("/var/lib/rpm/.rpm.lock", "w"); fcntl.lockf(f, fcntl.LOCK_EX); print("held", flush=True); time.sleep(60)`
    const held = await on.root.hold(`/usr/bin/python3 -c '${lock}'`)
    const read = await pending()
    await held.release()
    assert.match(said(read), /^rpm\/locked install-root:\/var\/lib\/rpm\/\.rpm\.lock \/usr\/bin\/python3 -c/)
    assert.equal(said(await pending()), 'ok')
  })

  // Fault 7, packages: an interrupted transaction of rpm left a package twice.
  // Outcome: named by the plan and by the doctor.
  test('what an interrupted transaction left twice is named, by the plan and by the doctor', async () => {
    on.root.sh('cd /srv/up && rpm -i --force --nodeps --justdb up-other-2-1.noarch.rpm')
    const read = await pending()
    const health = await hostHealth(on.root.host, { nowMs: Date.now, manager: 'dnf' })
    on.root.sh('rpm -e --justdb --nodeps up-other-2-1')
    assert.match(said(read), /^rpm\/interrupted install-root up-other\.noarch \(1-1 2-1\)/)
    const rpm = health.find((one) => one.check === 'rpm')
    assert.equal(rpm?.said, 'there twice: up-other.noarch')
    const tools = health.find((one) => one.check === 'tools')
    assert.equal(tools?.outcome, 'ok', tools?.said)
  })

  test('what is held on the host or in the estate stays, and a hold that came since is seen', async () => {
    assert.deepEqual(await keptBack({ holds: ['up-a*'] }), { 'up-app': 'held in the estate' })
    on.root.sh("echo 'up-app-0:1.0-1.*' >/etc/dnf/plugins/versionlock.list")
    const read = value(await pending())
    const args = ['up-app:noarch']
    const fresh = value(await on.root.host.run(dnf.checks.fresh, { root: true, args, timeoutMs: 60_000 }))
    const manifest = value(await dnf.facts.manifest(on.root.host))
    on.root.sh(': >/etc/dnf/plugins/versionlock.list')
    assert.deepEqual(read.keptBack, [{ name: 'up-app', why: 'held on the host' }])
    assert.deepEqual(read.holds, ['up-app'])
    assert.equal(fresh.stdout, 'ii 1.0-1\nunfinished\nholds\nup-app\n')
    assert.deepEqual(manifest.holds, ['up-app:noarch'])
  })

  test('a kernel, a module and what would take the place of another are left to a person, in words', async () => {
    const folder = join(on.dir, 'special')
    const kernel = { name: 'up-kernel', header: ['Provides: installonlypkg(kernel)'] }
    on.work.build({ ...kernel, version: '1' }, folder)
    on.work.build({ name: 'up-stream', version: '1', release: '1.module+el9+1' }, folder)
    on.work.index(folder)
    on.root.put(folder, '/srv/up')
    on.root.sh('dnf -q -y --refresh install up-kernel up-stream >/dev/null 2>&1')
    on.work.build({ ...kernel, version: '2' }, folder)
    on.work.build({ name: 'up-stream', version: '2', release: '1.module+el9+2' }, folder)
    on.work.build(
      { name: 'up-successor', version: '1', header: ['Obsoletes: up-other', 'Provides: up-other'] },
      folder,
    )
    on.work.index(folder)
    on.root.put(folder, '/srv/up')
    const read = value(await pending({ only: 'all' }))
    on.root.sh('rpm -e up-kernel up-stream')
    assert.deepEqual(read.changes, [])
    assert.deepEqual(Object.fromEntries(read.keptBack.map((one) => [one.name, one.why])), {
      'up-kernel': 'a kernel is installed beside the old one, which has no driver yet: do it by hand',
      'up-stream': 'belongs to a module stream, which has no driver yet: do it by hand',
      'up-successor': 'would take the place of up-other: do it by hand',
    })
  })

  test('an update that would remove another package is kept back, the rest goes', async () => {
    on.root.put(on.work.build({ name: 'up-spare', version: '1' }, join(on.dir, 'spare')), '/srv/spare.rpm')
    on.root.sh('rpm -i /srv/spare.rpm')
    on.work.build({ name: 'up-other', version: '3', header: ['Obsoletes: up-spare'] }, on.repository)
    on.publish([...told, advisory('UP-2026:0006', 'up-other', '3', [])])
    const read = value(await pending())
    assert.deepEqual(
      read.changes.map((one) => one.name),
      ['up-app', 'up-lib'],
    )
    assert.deepEqual(read.keptBack, [{ name: 'up-other', why: 'it would remove up-spare' }])
    on.root.sh('rpm -e up-spare')
    spawnSync('rm', [join(on.repository, 'up-other-3-1.noarch.rpm')])
  })

  test('an old version that no index has any more is taken from the cache of the host, or refused', async () => {
    const folder = join(on.dir, 'only-new')
    spawnSync('cp', ['-r', on.repository, folder])
    spawnSync('rm', [join(folder, 'up-app-1.0-1.noarch.rpm')])
    on.work.index(folder, { advisories: told })
    on.root.put(folder, '/srv/up')
    assert.match(said(await fetched()), /^dnf\/old-version-missing install-root up-app 1\.0-1/)
    on.root.sh('mkdir -p /var/cache/dnf/up-1/packages')
    on.root.put(
      join(on.repository, 'up-app-1.0-1.noarch.rpm'),
      '/var/cache/dnf/up-1/packages/up-app-1.0-1.noarch.rpm',
    )
    const files = value(await fetched())
    on.root.sh('rm -r /var/cache/dnf/up-1')
    assert.equal(files.packages[0]?.from?.source, 'host-cache')
    assert.equal(files.files.length, 3)
  })

  test('a configuration file that the new package replaces is set aside, and the plan says so', async () => {
    const files = { '/etc/up-app.conf': 'of 6.0' }
    on.work.build({ name: 'up-app', version: '6.0', config: 'replace', files }, on.repository)
    on.publish([advisory('UP-2026:0007', 'up-app', '6.0', [])])
    const found = value(await pending())
    const got = value(
      await dnf.facts.files(on.root.host, found, { planId, wanted: () => true, oldVersions: 'required' }),
    )
    const config = value(await dnf.facts.configFiles(on.root.host, found, got, planId))
    spawnSync('rm', [join(on.repository, 'up-app-6.0-1.noarch.rpm')])
    assert.deepEqual(config.conflicts, [{ path: '/etc/up-app.conf', package: 'up-app', aside: '.rpmsave' }])
  })
})
