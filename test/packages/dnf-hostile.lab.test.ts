import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { cleanUpPlan, type PendingOptions } from '../../playbooks/facts/pending.ts'
import { dnf } from '../../playbooks/packages/dnf.ts'
import { subjectOf } from '../../playbooks/rollout/subject.ts'
import { packageDirectory } from '../../playbooks/steps/package-files.ts'
import type { PackageChange } from '../../schemas/plan.ts'
import type { Result } from '../../schemas/problem.ts'
import { value } from '../facts/lab.ts'
import { advisory, type DnfHost, dnfHost, dnfSystem } from './dnf-host.ts'

const planId = 'test-hostile'
const twin = (id: string, more: readonly string[] = []) => [
  ...[`[${id}]`, `name=${id}`, `baseurl=file:///srv/${id}`, 'gpgcheck=1', 'repo_gpgcheck=0'],
  ...['gpgkey=file:///etc/pki/up.asc', ...more],
]

describe('a host with dnf that would mislead a plan', () => {
  let on: DnfHost
  before(async () => {
    on = await dnfHost()
    on.root.sh('cp /etc/dnf/dnf.conf /srv/dnf.conf')
  })
  afterEach(async () => {
    on.root.sh(': >/etc/dnf/plugins/versionlock.list; cp /srv/dnf.conf /etc/dnf/dnf.conf')
    on.configure()
    on.publish()
    value(await cleanUpPlan(on.root.host, planId))
  })
  after(() => on.close())

  const pending = (change: Partial<PendingOptions> = {}) =>
    dnf.facts.pending(on.root.host, { only: 'security', origins: [], holds: [], planId, ...change })
  const changes = async (change: Partial<PendingOptions> = {}) =>
    value(await pending(change)).changes.map((one) => `${one.name} ${one.toVersion} ${one.origin}`)
  const fresh = async (...names: readonly string[]) =>
    value(await on.root.host.run(dnf.checks.fresh, { root: true, args: names, timeoutMs: 60_000 })).stdout

  function said(result: Result<unknown>): string {
    if (result.ok) return 'ok'
    return result.problems
      .map(({ code, what, where, found }) => `${code} ${what} ${where} ${found ?? ''}`)
      .join('\n')
  }

  /** Builds packages into a folder beside the repository, and lays it with an index of its own into the root. */
  function aside(id: string, specs: readonly Parameters<typeof on.work.build>[0][]): void {
    for (const spec of specs) on.work.build(spec, join(on.dir, id))
    on.work.index(join(on.dir, id))
    on.root.put(join(on.dir, id), `/srv/${id}`)
  }

  // Fault, packages: the configuration of dnf excludes a package that a security update is for.
  // Outcome: kept back in words, not passed over.
  test('what its configuration excludes is kept back in words, and a name that is excluded since is held', async () => {
    const kept = [{ name: 'up-app', why: 'excluded on the host, by excludepkgs or includepkgs' }]
    for (const lines of [['excludepkgs=up-app-2*'], ['includepkgs=up-other']]) {
      on.configure(lines)
      const read = value(await pending())
      assert.deepEqual([read.changes, read.keptBack], [[], kept], lines.join())
    }
    on.configure()
    assert.equal(await fresh('up-app:noarch'), 'ii 1.0-1\nunfinished\nholds\n')
    on.root.sh("printf '[main]\\nexcludepkgs=up-app\\n' >/etc/dnf/dnf.conf")
    const read = value(await pending())
    assert.deepEqual([read.changes, read.keptBack, read.holds], [[], kept, ['up-app']])
    assert.equal(await fresh('up-app:noarch'), 'ii 1.0-1\nunfinished\nholds\nup-app\n')
    assert.deepEqual(value(await dnf.facts.manifest(on.root.host)).holds, ['up-app:noarch'])
  })

  test('every form of a lock is seen by the plan, and by the look before the change', async () => {
    const locks = ['up-app', 'up-app-1.0', 'up-app-1.0-1.noarch', 'up-a*', 'up-app.noarch', 'up-app-0:1.*']
    for (const line of [...locks, 'up-app-0:1.0-1.* # why', 'up-app-0:2.0-1.*']) {
      on.root.sh('printf "%s\\n" "$1" >/etc/dnf/plugins/versionlock.list', line)
      const read = value(await pending())
      assert.deepEqual([read.changes, read.holds], [[], ['up-app']], line)
      assert.match(await fresh('up-app:noarch'), /\nholds\nup-app\n$/, line)
    }
    for (const line of ['# up-app', 'up', 'app', 'up-other']) {
      on.root.sh('printf "%s\\n" "$1" >/etc/dnf/plugins/versionlock.list', line)
      assert.deepEqual(await changes(), ['up-app 2.0-1 up', 'up-lib 1:1.0-1 up'], line)
      assert.doesNotMatch(await fresh('up-app:noarch'), /up-app/, line)
    }
    on.root.sh("echo '!up-app-0:2.0-1.*' >/etc/dnf/plugins/versionlock.list")
    assert.deepEqual(value(await pending()).keptBack, [{ name: 'up-app', why: 'held on the host' }])
  })

  // Fault, packages: the database of rpm is gone. Outcome: refused; not taken for a host without upgrades.
  test('a database of rpm that is gone or broken is no host without packages', async () => {
    on.root.sh('cp -a /var/lib/rpm /srv/rpm; rm /var/lib/rpm/*')
    const gone = [await pending(), await dnf.facts.manifest(on.root.host)]
    on.root.sh('rm -rf /var/lib/rpm; cp -a /srv/rpm /var/lib/rpm')
    on.root.sh('rm -f /var/lib/rpm/*-wal /var/lib/rpm/*-shm; echo broken >/var/lib/rpm/rpmdb.sqlite')
    const broken = [await pending(), await dnf.facts.manifest(on.root.host)]
    on.root.sh('rm -rf /var/lib/rpm; mv /srv/rpm /var/lib/rpm')
    assert.match(said(gone[0] ?? assert.fail()), /^rpm\/no-packages /)
    assert.match(said(gone[1] ?? assert.fail()), /^fact\/failed .*"packages"/)
    for (const read of broken) assert.match(said(read), /^fact\/failed /)
    assert.equal(said(await pending()), 'ok')
  })

  test('a security update counts where the repository has only a later version than the advisory', async () => {
    on.publish([advisory('UP-2026:0001', 'up-app', '1.5', ['CVE-2026-0001'])])
    const read = value(await pending())
    assert.deepEqual(
      read.changes.map((one) => [one.name, one.toVersion, one.security, one.told?.cves]),
      [
        ['up-app', '2.0-1', true, ['CVE-2026-0001']],
        ['up-lib', '1:1.0-1', false, []],
      ],
    )
    on.publish([advisory('UP-2026:0001', 'up-app', '9.0', [])])
    assert.deepEqual(await changes(), [], 'nobody has the version that the advisory is for')
  })

  test('the bytes are those of the repository that was planned, though another has the same version', async () => {
    const other = { '/usr/share/up-app/version': 'of another build' }
    for (const id of ['aaa', 'zzz']) {
      aside(id, [{ name: 'up-app', version: '2.0', files: other, header: ['Requires: up-lib'] }])
      on.configure(twin(id))
      for (const place of ['up', id]) {
        const found = value(await pending())
        const sha256 = on.root.sh(`sha256sum /srv/${place}/up-app-2.0-1.noarch.rpm`).slice(0, 64)
        const planned = found.changes.map((one) =>
          one.name === 'up-app' ? { ...one, to: { ...one.to, sha256 } } : one,
        )
        const o = { planId, wanted: () => true, oldVersions: 'required' } as const
        const got = await dnf.facts.files(on.root.host, { ...found, changes: planned }, o)
        assert.equal(said(got), 'ok', `of ${place}, beside ${id}`)
      }
    }
  })

  test('a repository of a lower priority does not take the place of the one before it', async () => {
    aside('low', [{ name: 'up-app', version: '9.0' }])
    on.configure(twin('low', ['priority=150']))
    const all = { only: 'all' } as const
    assert.deepEqual(await changes(all), ['up-app 2.0-1 up', 'up-lib 1:1.0-1 up', 'up-other 2-1 up'])
    on.configure(twin('low', ['priority=50']))
    assert.deepEqual(await changes(all), ['up-app 9.0-1 low', 'up-other 2-1 up'])
  })

  test('two kernels, of which the newer is the newest there is, leave nothing to do', async () => {
    const kernel = { name: 'up-kernel', header: ['Provides: installonlypkg(kernel)'] }
    aside('kernels', [
      { ...kernel, version: '1' },
      { ...kernel, version: '2' },
    ])
    on.root.sh('cd /srv/kernels; rpm -i up-kernel-1-*.rpm; rpm -i up-kernel-2-*.rpm')
    on.configure(twin('kernels'))
    const read = value(await pending({ only: 'all' }))
    on.root.sh('rpm -e up-kernel-1 up-kernel-2')
    assert.deepEqual(read.keptBack, [])
  })

  test('a key over http in capitals, or over https that nobody verifies, is refused; no password is told', async () => {
    for (const [lines, option] of [
      [['gpgkey=HTTP://192.0.2.1/key.asc'], /gpgkey=HTTP:/],
      [['sslverify=0', 'gpgkey=https://192.0.2.1/key.asc'], /sslverify=0/],
      [['sslverify=0', 'baseurl=HTTPS://192.0.2.1/up'], /sslverify=0/],
    ] as const) {
      on.configure(lines)
      const read = said(await pending())
      assert.match(read, /^dnf\/unsigned-origin /)
      assert.match(read, option)
    }
    for (const lines of [[], ['gpgcheck=0'], ['gpgkey=http://somebody:secret@192.0.2.1/key.asc']]) {
      on.configure(['baseurl=http://somebody:secret@127.0.0.1:1/up', ...lines])
      const read = said(await pending())
      assert.match(read, /^dnf\/(index-unreachable|unsigned-origin) .*127\.0\.0\.1/)
      assert.doesNotMatch(read, /secret/)
    }
  })

  test('a package named like another one in its version is not taken for that', async () => {
    assert.equal(await fresh('up-app-1.0:noarch', 'up-app:noarch'), '- -\nii 1.0-1\nunfinished\nholds\n')
    const o = { services: [], before: [], timeoutMs: 60_000 }
    const read = value(await dnf.facts.patched(on.root.host, { ...o, packages: ['up-app-1.0:noarch'] }))
    assert.deepEqual(read.packages, [{ state: '-', version: '-' }])
  })

  // Fault 7, packages: a transaction of rpm is interrupted after the plan. Outcome: named before anything begins.
  test('a package that is there twice since the plan is named', async () => {
    on.root.sh('cd /srv/up && rpm -i --force --nodeps --justdb up-other-2-1.noarch.rpm')
    const read = await fresh('up-app:noarch', 'up-other:noarch')
    on.root.sh('rpm -e --justdb --nodeps up-other-2-1')
    assert.match(read, /\nunfinished\ntwice up-other:noarch\nholds\n$/)
    const problem = dnf.checks.interrupted('a-host', ['up-other:noarch (twice)'])
    assert.deepEqual([problem.code, problem.found], ['rpm/interrupted', 'up-other:noarch (twice)'])
  })

  test('configuration files whose list is longer than 128 KiB are each looked at', async () => {
    const paths = Array.from({ length: 500 }, (_, n) => `/etc/up-many.d/${'a-setting-'.repeat(22)}${n}.conf`)
    const files = (content: string) => Object.fromEntries(paths.map((path) => [path, content]))
    aside('many', [
      { name: 'up-many', version: '1', files: files('one') },
      { name: 'up-many', version: '2', files: files('two') },
    ])
    on.root.sh('rpm -i /srv/many/up-many-1-*.rpm; echo mine >"$1"', paths[7] ?? '')
    on.configure(twin('many'))
    const found = value(await pending({ only: 'all', holds: ['up-app', 'up-other'] }))
    const o = { planId, wanted: () => true, oldVersions: 'required' } as const
    const got = value(await dnf.facts.files(on.root.host, found, o))
    const config = value(await dnf.facts.configFiles(on.root.host, found, got, planId))
    on.root.sh('rpm -e up-many; rm -rf /etc/up-many.d')
    assert.deepEqual(config.conflicts, [{ path: paths[7], package: 'up-many', aside: '.rpmnew' }])
    assert.equal(Object.keys(config.watched).length, paths.length)
  })

  test('what an admin excludes after the change does not stand in the way back', async () => {
    const files = { version: '1.0-1', bytes: 1, source: 'repository' as const }
    const old = on.root.sh('sha256sum /srv/up/up-app-1.0-1.noarch.rpm').slice(0, 64)
    const { system, host } = dnfSystem()
    const change: PackageChange = {
      ...{ name: 'up-app', architecture: 'noarch', fromVersion: '1.0-1', origin: 'up', security: true },
      ...{ cves: [], changelog: false, advisories: [] },
      from: { ...files, sha256: old },
      to: { ...files, version: '2.0-1', sha256: 'f'.repeat(64) },
    }
    const { action } = dnf.steps.downgrade(subjectOf(system, host, [change], 'rollout-x'), '')
    if (action.kind !== 'script') return assert.fail('no script')
    on.root.put(
      join(on.repository, 'up-app-1.0-1.noarch.rpm'),
      `${packageDirectory('rollout-x', 'old')}/up-app_noarch.rpm`,
    )
    on.root.sh('rpm -U --nodeps /srv/up/up-app-2.0-1.noarch.rpm')
    on.root.sh("printf '[main]\\nexcludepkgs=up-app\\n' >/etc/dnf/dnf.conf")
    on.root.sh(action.script, ...action.args)
    assert.equal(on.root.sh("rpm -q up-app --qf '%{VERSION}'"), '1.0')
  })
})
