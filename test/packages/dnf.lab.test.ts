import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Store, storeOpen } from '../../core/store/store.ts'
import type { StepEnd } from '../../core/run/events.ts'
import { compareManifests } from '../../playbooks/facts/manifest.ts'
import { cleanUpPlan } from '../../playbooks/facts/pending.ts'
import { dnf } from '../../playbooks/packages/dnf.ts'
import type { World } from '../../playbooks/perform/context.ts'
import { perform } from '../../playbooks/perform/perform.ts'
import { type HostFacts, readHost } from '../../playbooks/rollout/host-facts.ts'
import { subjectOf } from '../../playbooks/rollout/subject.ts'
import { scriptText } from '../../playbooks/steps/script.ts'
import type { HostPlan, Step } from '../../schemas/plan.ts'
import { ok } from '../../schemas/problem.ts'
import { simulatedHost } from '../core/run/fleet.ts'
import { value } from '../facts/lab.ts'
import { performing, simulatedHostWorld } from '../perform/world.ts'
import { advisory, type DnfHost, dnfHost, dnfSystem, written, told } from './dnf-host.ts'

const planId = 'test-dnf'
const { system, host } = dnfSystem()

describe('a host with dnf, as far as an install root goes', () => {
  let on: DnfHost
  let store: Store
  let world: World
  before(async () => {
    on = await dnfHost()
    store = value(await storeOpen(join(on.dir, 'store')))
    const texts: string[] = []
    const files: World['files'] = {
      path: async (sha256) => ok(store.path(sha256)),
      putText: async (text) => ok(String(texts.push(text) - 1)),
      getText: async (at) => ok(texts[Number(at)] ?? assert.fail('no such text')),
      keepDump: async () => assert.fail('no database to dump'),
      hasDump: async () => assert.fail('no database was dumped'),
    }
    world = simulatedHostWorld({ change: { now: Date.now, host: async () => ok(on.root.host), files } })
  })
  after(() => on.close())

  async function read(nowMs = 1_795_000_000_000): Promise<HostFacts> {
    const get = async () => ok(on.root.host)
    const pool = { get, login: get, closeAll: () => undefined }
    const now = () => nowMs
    return value(await readHost({ system, host, packages: dnf, planId, pool, store, snapshots: null, now }))
  }

  function planOf(facts: HostFacts): HostPlan {
    const subject = subjectOf(system, host, facts.packages, planId)
    const steps = [dnf.steps.send(subject), dnf.steps.install(subject, ''), dnf.steps.downgrade(subject, '')]
    return { ...simulatedHost(host.name, 'test', host.roles), ...facts, manager: 'dnf', steps }
  }

  /** The manifest from before the change, as the rollout's journal knows it. */
  let taken: StepEnd | undefined

  async function ended(planned: HostPlan, action: Step['action']) {
    const { step, context } = performing(world, action)
    const [like] = Object.values(context.state.hosts)
    if (like === undefined) return assert.fail('no host')
    const known = { ...like, ended: taken === undefined ? {} : { 'manifest.take': taken } }
    const state = { ...context.state, hosts: { [planned.host]: known } }
    const end = await perform(world, planned, { ...step, limitMs: 60_000 }, { ...context, state })
    if (action.kind === 'manifest.take') taken = end
    return end
  }

  /** Runs the script of a step as its unit would, and gives what it said. */
  function changed(step: Step | undefined): string {
    if (step?.action.kind !== 'script') return assert.fail('no script')
    return on.root.sh(step.action.script, ...step.action.args)
  }

  const versions = () =>
    on.root.sh("rpm -qa --qf '%{NAME} %{EVR}\\n' | grep -v gpg-pubkey | sort").trim().split('\n')

  test('is planned dry, brought to exactly the plan while a newer version appears, and back, equal', async () => {
    const tree = written(on.root)
    const facts = await read()
    const now = written(on.root)
    const moved = [
      ...tree.filter((line) => !now.includes(line)),
      ...now.filter((line) => !tree.includes(line)),
    ]
    assert.deepEqual(moved, [], 'planning leaves the host as it was')
    assert.deepEqual(
      facts.packages.map((one) => [one.name, one.fromVersion, one.to.version, one.origin, one.security]),
      [
        ['up-app', '1.0-1', '2.0-1', 'up', true],
        ['up-lib', null, '1:1.0-1', 'up', false],
      ],
      'the security update and what it needs; up-other has no advisory',
    )
    assert.deepEqual(facts.packages[0]?.cves, ['CVE-2026-0001', 'CVE-2026-0002'])
    assert.deepEqual(facts.packages[0]?.advisories, ['UP-2026:0001'])
    assert.deepEqual(facts.conffiles, [{ path: '/etc/up-app.conf', package: 'up-app', aside: '.rpmnew' }])
    assert.deepEqual(Object.keys(facts.watched), ['/etc/up-app.conf', '/etc/up-app.d/kept'])
    const digests = facts.packages.flatMap(({ from, to }) => [
      to.sha256,
      ...(from === null ? [] : [from.sha256]),
    ])
    assert.equal(digests.length, 3)
    assert.deepEqual(await store.missing(digests), [], 'new and old bytes lie in the store, by their SHA-256')
    const laterMs = 1_795_000_000_000 + 86_400_000
    await read(laterMs)
    for (const digest of digests)
      assert.equal(value(await store.content(digest)).plannedAt, new Date(laterMs).toISOString())

    const plan = planOf(facts)
    const [send, install, downgrade] = plan.steps
    assert.equal((await ended(plan, { kind: 'fresh' })).said, 'as planned')
    const before = value(await dnf.facts.manifest(on.root.host))
    assert.equal((await ended(plan, { kind: 'manifest.take' })).said, 'recorded')

    // What appears after the plan is no part of it.
    on.work.build({ name: 'up-app', version: '3.0', header: ['Requires: up-lib'] }, on.repository)
    on.publish([...told, advisory('UP-2026:0002', 'up-app', '3.0', ['CVE-2026-0003'])])
    assert.equal((await ended(plan, send?.action ?? assert.fail())).outcome, 'done')
    assert.match(changed(install), /the script of 2\.0 was here/)
    assert.deepEqual(versions(), ['up-app 2.0-1', 'up-base 1-1', 'up-lib 1:1.0-1', 'up-other 1-1'])
    assert.equal(
      (await ended(plan, { kind: 'patched', services: [] })).said,
      '2 packages at their new versions',
    )
    assert.match((await ended(plan, { kind: 'fresh' })).said, /up-app is 2\.0-1, planned from 1\.0-1/)
    assert.equal(on.root.sh('cat /etc/up-app.conf'), 'mine\n', "the admin's file is kept")
    assert.equal(on.root.sh('cat /etc/up-app.conf.rpmnew'), '2.0\n')
    const patched = value(await dnf.facts.manifest(on.root.host))
    assert.deepEqual(
      patched.auto,
      ['up-lib:noarch'],
      'what the patch brought is there for another package only',
    )
    assert.match(compareManifests(before, patched).join('\n'), /package up-app:noarch: 1\.0-1 i -> 2\.0-1 i/)
    const lock = `import fcntl, time; f = open("/var/lib/rpm/.rpm.lock", "w"); fcntl.lockf(f, fcntl.LOCK_EX); print("held", flush=True); time.sleep(3)`
    const busy = await on.root.hold(`/usr/bin/python3 -c '${lock}'`)
    const again = changed(install)
    await busy.release()
    assert.match(
      again,
      /waiting for \/var\/lib\/rpm\/\.rpm\.lock\t\d+\t.*python3/,
      'who is at work is waited for and named',
    )
    assert.match(again, /every package is at its version already/)

    assert.match(changed(downgrade), /put back 2 paths of \/etc/)
    assert.deepEqual(versions(), ['up-app 1.0-1', 'up-base 1-1', 'up-other 1-1'])
    const back = value(await dnf.facts.manifest(on.root.host))
    assert.deepEqual(compareManifests(before, back), [], 'packages, marks and /etc are as before')
    assert.equal((await ended(plan, { kind: 'fresh' })).said, 'as planned')

    const later = await read()
    assert.deepEqual(
      later.packages.map((one) => one.to.version),
      ['3.0-1', '1:1.0-1'],
      'it is for the next plan',
    )
    assert.deepEqual(later.packages[0]?.cves, ['CVE-2026-0001', 'CVE-2026-0002', 'CVE-2026-0003'])
    assert.equal(later.fetchBytes, later.packages[0]?.to.bytes, 'only what the store has not yet was brought')
  })

  // Fault 25, packages: dnf is given other bytes than planned, or would do more. Outcome: refused.
  test('refuses other bytes than planned, and what dnf would do beyond the plan', async () => {
    const plan = planOf(await read())
    const subject = subjectOf(system, host, plan.packages, planId)
    assert.equal((await ended(plan, plan.steps[0]?.action ?? assert.fail())).outcome, 'done')
    const lonely = dnf.steps.install(
      { ...subject, changes: subject.changes.filter((one) => one.name === 'up-app') },
      '',
    )
    assert.match(await failing(lonely, 72), /nothing provides up-lib/)
    const other = subject.changes.map((one) => ({ ...one, to: { ...one.to, sha256: 'a'.repeat(64) } }))
    assert.match(
      await failing(dnf.steps.install({ ...subject, changes: other }, ''), 71),
      /planned was a{64}/,
    )
    const versionsOff = subject.changes.map((one) => ({ ...one, to: { ...one.to, version: '9-1' } }))
    const off = dnf.steps.install({ ...subject, changes: versionsOff }, '')
    assert.match(await failing(off, 72), /the files hold other packages than planned/)
    const successor = on.work.build(
      { name: 'up-successor', version: '1', header: ['Obsoletes: up-other', 'Provides: up-other'] },
      join(on.dir, 'successor'),
    )
    on.root.put(successor, '/var/lib/upkeep/packages/test-dnf/new/up-successor_noarch.rpm')
    const sha256 = on.root
      .sh('sha256sum <"$1"', '/var/lib/upkeep/packages/test-dnf/new/up-successor_noarch.rpm')
      .slice(0, 64)
    const some = subject.changes[1] ?? assert.fail()
    const takes = { ...some, name: 'up-successor', to: { ...some.to, version: '1-1', sha256 } }
    const greedy = dnf.steps.install({ ...subject, changes: [takes] }, '')
    assert.match(await failing(greedy, 72), /dnf would take other packages away than planned: .*up-other/)
    on.root.sh('rm /var/lib/upkeep/packages/test-dnf/new/up-lib_noarch.rpm')
    assert.match(await failing(plan.steps[1], 71), /missing: .*up-lib_noarch\.rpm/)
    assert.deepEqual(versions(), ['up-app 1.0-1', 'up-base 1-1', 'up-other 1-1'], 'nothing was done')
  })

  // Fault, packages: a script of an rpm fails, and dnf goes on. Outcome: a failure; the way back mends it.
  test('a script of a package that fails is a failure, though dnf goes on; the way back mends it', async () => {
    on.work.build(
      { name: 'up-app', version: '4.0', post: 'echo broken >/etc/up-app.broken; exit 3' },
      on.repository,
    )
    on.publish([advisory('UP-2026:0003', 'up-app', '4.0', [])])
    const plan = planOf(await read())
    const before = value(await dnf.facts.manifest(on.root.host))
    assert.equal((await ended(plan, plan.steps[0]?.action ?? assert.fail())).outcome, 'done')
    assert.match(await failing(plan.steps[1], 73), /error: Error in .*scriptlet in rpm package up-app/i)
    changed(plan.steps[2])
    const back = value(await dnf.facts.manifest(on.root.host))
    assert.deepEqual(compareManifests(before, back), [])
    value(await cleanUpPlan(on.root.host, planId))
  })

  test('rpm tells what the restarts of services are worked out from', () => {
    const folder = join(on.dir, 'boot')
    on.root.put(on.work.build({ name: 'microcode_ctl', version: '1' }, folder), '/srv/microcode.rpm')
    on.root.sh('rpm -i /srv/microcode.rpm')
    const known = scriptText('../facts/packages-rpm.sh')
    const ask = (text: string) => on.root.sh(`${known}\nscratch=$(mktemp -d)\n${text}`).trim()
    assert.deepEqual(ask('files_of up-app.noarch').split('\n'), [
      '/etc/up-app.conf',
      '/etc/up-app.d/kept',
      '/usr/share/up-app/version',
    ])
    assert.equal(ask('owners_of /usr/share/up-app/version; owners_of /nowhere || true'), 'up-app')
    assert.match(ask('depends_table'), /^up-app\t[^\t]*\tup-app, $/m)
    const [, ms] = /^(\d+) up-app$/m.exec(ask('unpacked_times')) ?? []
    assert.ok(Math.abs(Number(ms) - Date.now()) < 600_000, `unpacked at ${ms}`)
    assert.equal(ask('reboot_flags'), 'a package asked for it: microcode_ctl')
    on.root.sh('rpm -e microcode_ctl')
    assert.equal(ask('reboot_flags'), '')
  })

  async function failing(step: Step | undefined, code: number): Promise<string> {
    if (step?.action.kind !== 'script') return assert.fail('no script')
    const o = { root: true, args: step.action.args, timeoutMs: 60_000 }
    const ran = value(await on.root.host.run(step.action.script, o))
    assert.equal(ran.code, code, ran.stdout + ran.stderr)
    return ran.stdout
  }
})
