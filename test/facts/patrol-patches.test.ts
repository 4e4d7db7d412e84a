import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Before } from '../../playbooks/facts/patrol.ts'
import { figuresOf, ran } from './patrol-host.ts'
import { look, type Parts, seen, times } from './patrol-answer.ts'

const day = 86_400_000
const iso = (daysAgo: number) => new Date(times.after - daysAgo * day).toISOString()
const before = (updates: Record<string, string>): Before => ({
  time: iso(1),
  memory: { bootId: null, oomKills: null, updates },
})
const signed = (daysAgo: number) => `${Math.floor((times.after - daysAgo * day) / 1000)}\n`
const all = (changed: Parts, last?: Before) =>
  (['securityUpdates', 'securityUpdateAge', 'updateIndexes'] as const).flatMap((item) =>
    seen(changed, item, {}, last),
  )

describe('security updates that wait', () => {
  test('are counted and named, and as old as the first inspection that saw the oldest', () => {
    const updates = 'libssl3 3.0.17-1~deb12u3\nopenssl 3.0.17-1~deb12u3\n'
    const last = before({ 'openssl 3.0.17-1~deb12u3': iso(30), 'curl 7.88': iso(60) })
    assert.deepEqual(all({ updates }, last), ['=2', '=30', '=0'])
    assert.deepEqual(look({ updates }, {}, last).memory.updates, {
      'libssl3 3.0.17-1~deb12u3': iso(0),
      'openssl 3.0.17-1~deb12u3': iso(30),
    })
    const [figure] = look({ updates }).figures.filter(({ item }) => item === 'securityUpdates')
    assert.ok(
      figure?.state === 'seen' && figure.said === 'libssl3 3.0.17-1~deb12u3, openssl 3.0.17-1~deb12u3',
    )
  })

  test('are unknown and not none where the indexes are old, absent or unreadable, and what was known stays', () => {
    const last = before({ 'curl 7.88': iso(60) })
    assert.deepEqual(all({ indexes: signed(5) }), ['=0', '=0', '=5'])
    assert.deepEqual(all({ indexes: signed(11) }, last), ['=unknown', '=unknown', '=11'])
    for (const changed of [{ indexes: '' }, { indexes: 'never\n' }, { updates: { code: 100, text: '' } }]) {
      assert.ok(all(changed, last).includes('=unknown'), JSON.stringify(changed))
      assert.deepEqual(look(changed, {}, last).memory.updates, { 'curl 7.88': iso(60) })
    }
    // What is known to wait waits, however old the index.
    assert.deepEqual(all({ indexes: signed(11), updates: 'curl 7.88\n' }, last), ['=1', '=60', '=11'])
  })

  test('are absent without a package manager, and of dnf as old as the oldest index', () => {
    assert.deepEqual(all({ manager: 'none\n' }), ['=absent', '=absent'])
    const dnf = {
      manager: 'dnf\n',
      indexes: null,
      updates: 'index 86400\nindex 172800\nopenssl-libs 1:3.0.7-28.el9_4\n',
    }
    assert.deepEqual(all(dnf), ['=1', '=0', '=2'])
    assert.deepEqual(all({ ...dnf, updates: '' }), ['=unknown', '=unknown', '=unknown'])
  })

  test('are those that apt would install from an origin of security, without a change to what lies on the disk', () => {
    const said = [
      'Inst libssl3 [3.0.1] (3.0.2 Debian-Security:12/oldstable-security [amd64])',
      'Inst base-files [12] (12.1 Debian:12.12/oldstable [amd64])',
      'Inst new-security-tool (1.0 Debian:12.12/oldstable [amd64]) []',
      'Inst linux-image-6.1.0-30-amd64 (6.1.124-1 Debian:12.12/oldstable, Debian-Security:12/oldstable-security [amd64])',
      'Conf libssl3 (3.0.2 Debian-Security:12/oldstable-security [amd64])',
    ].join('\n')
    const lists = '/var/lib/apt/lists'
    const { look: found } = ran({
      programs: {
        'apt-get': `case "$*" in *pkgcache=*srcpkgcache=*Log::Planner=*Log::Solver=*dist-upgrade) echo '${said}' ;; *) exit 1 ;; esac`,
      },
      files: {
        [`${lists}/security.debian.org_InRelease`]: `-----BEGIN PGP SIGNED MESSAGE-----\nSuite: oldstable-security\nDate: ${new Date(Date.now() - 2 * day).toUTCString()}\n`,
        [`${lists}/deb.debian.org_InRelease`]: `Suite: oldstable\nDate: ${new Date().toUTCString()}\n`,
      },
    })
    assert.deepEqual(figuresOf(found, 'securityUpdates'), ['=2'])
    assert.deepEqual(figuresOf(found, 'updateIndexes'), ['=2'])
  })
})
