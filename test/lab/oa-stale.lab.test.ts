import assert from 'node:assert/strict'
import { appendFile, chmod, copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { PatchPlan } from '../../schemas/plan.ts'
import {
  freshPair,
  onDisk,
  onHost,
  pair,
  planPair,
  policy,
  portalEstate,
  portalOn,
  resumeWhenDue,
  stateOf,
} from './oa.ts'
import { type OwnEstate, upkeep } from './upkeep.ts'

/**
 * From now on a host tells a time that is off by this. It has the clock of this machine's kernel, which no namespace can
 * change, so its `date` is made to lie: the program that every question about the time gets its answer from.
 */
async function clockOff(host: string, by: string): Promise<void> {
  const lies = `#!/bin/sh\nexec /usr/bin/date --date='${by}' "$@"`
  await onHost(host, `cat >/usr/local/bin/date <<'DATE'\n${lies}\nDATE\nchmod 755 /usr/local/bin/date`)
}

async function clockRight(host: string): Promise<void> {
  await onHost(host, 'rm /usr/local/bin/date')
}

describe('refused before any effect, and named:', () => {
  let estate: OwnEstate
  let file: string
  let plan: PatchPlan

  before(async () => {
    await freshPair()
    estate = await portalEstate((oa) => policy(oa, { rehearsal: 'none' }))
    ;({ file, plan } = await planPair(estate))
  })
  after(async () => {
    await freshPair()
    await estate.remove()
  })

  /** Runs the plan, which must be refused in these words, as stale if nothing else is said, with the hosts as they are now. */
  async function staleFor(says: RegExp, code = 5): Promise<void> {
    const states = await Promise.all(pair.map(stateOf))
    const ran = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(ran.code, code, ran.stdout + ran.stderr)
    assert.match(ran.stderr, says)
    assert.deepEqual(await Promise.all(pair.map(stateOf)), states)
    const left = await Promise.all(
      pair.map((host) => onHost(host, 'ls -A /var/lib/upkeep 2>/dev/null || true')),
    )
    assert.deepEqual(left, ['', ''], 'Upkeep has nothing on the hosts')
    const events = await onDisk(estate)
    assert.deepEqual(
      events.map(({ type }) => type).filter((type) => !type.startsWith('journal.')),
      [],
    )
  }

  // Fault, packages: a package source that nobody signed.
  // Outcome: refused by the plan, with its file and line.
  test('an origin that nobody signed is refused by the plan already, with its file and line', async () => {
    const source = '/etc/apt/sources.list.d/mine.list'
    const out = join(estate.dir, 'unsigned.json')
    await onHost('oa-test', `echo 'deb [trusted=yes] http://10.77.0.1:8077/erp erp main' >${source}`)
    const planned = await upkeep(['patch', 'plan', '--system', 'oa', '--out', out], { estate: estate.path })
    await onHost('oa-test', `rm ${source}`)
    assert.equal(planned.code, 4, planned.stderr)
    assert.match(planned.stderr, /oa-test:\/etc\/apt\/sources\.list\.d\/mine\.list:1 {2}apt\/unsigned-origin/)
    await assert.rejects(readFile(out), 'no plan was written')
  })

  // Fault 17, people: a plan file was edited. Outcome: refused before any effect, and named.
  test('a plan file that was edited', async () => {
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('"failureBudget": 1', '"failureBudget": 2'))
    await staleFor(/plan\.json {2}plan\/stale\n.*plan file was changed.*SHA-256/)
    await writeFile(file, text)
  })

  // Fault 11, packages: a package in the store has one byte more.
  // Outcome: refused before any effect, and named.
  test('a package in the store that has one byte more, which is named', async () => {
    const sha256 = plan.hosts[0]?.packages[0]?.to.sha256 ?? ''
    const stored = join(estate.state, 'store/sha256', sha256.slice(0, 2), sha256)
    await copyFile(stored, join(estate.dir, 'aside'))
    await chmod(stored, 0o600)
    await appendFile(stored, 'x')
    await staleFor(new RegExp(`store/changed\\n[^]*${sha256}`))
    await copyFile(join(estate.dir, 'aside'), stored)
  })

  // Fault 15, people: an admin holds a package since the plan. Outcome: refused before any effect, and named.
  test('a package that the admin holds now', async () => {
    await onHost('oa-prod', 'apt-mark hold oa-portal')
    await staleFor(/oa-prod {2}plan\/stale\n.*oa-portal is held now/)
    await onHost('oa-prod', 'apt-mark unhold oa-portal')
  })

  // Fault 15, people: somebody upgraded a package since the plan.
  // Outcome: refused before any effect, and named.
  test('a package that somebody upgraded', async () => {
    const install = 'apt-get -qq update && apt-get -qq -y install --allow-downgrades'
    await onHost('oa-prod', `export DEBIAN_FRONTEND=noninteractive; ${install} oa-portal=1.1`)
    await staleFor(/oa-prod {2}plan\/stale\n.*oa-portal is 1\.1, planned from 1\.0/)
    await onHost('oa-prod', `export DEBIAN_FRONTEND=noninteractive; ${install} oa-portal=1.0`)
  })

  // Fault 15, people: a configuration file was changed since the plan.
  // Outcome: refused before any effect, and named.
  test('a configuration file that was changed', async () => {
    await onHost('oa-test', 'cp -p /etc/oa/portal.conf /root/ && echo "# mine" >>/etc/oa/portal.conf')
    await staleFor(/oa-test {2}plan\/stale\n.*\/etc\/oa\/portal\.conf was changed/)
    await onHost('oa-test', 'mv /root/portal.conf /etc/oa/portal.conf')
  })

  // Fault 15, estate files: the estate file was changed since the plan.
  // Outcome: refused before any effect, and named.
  test('an estate file that was changed', async () => {
    const text = await readFile(estate.path, 'utf8')
    await estate.change((changed) => {
      changed.name = 'other'
    })
    await staleFor(/plan\/stale\n.*estate file changed/)
    await writeFile(estate.path, text)
  })

  // Fault 15, people: two things moved on a host since the plan.
  // Outcome: refused before any effect, and both are named.
  test('a host on which two things moved: both are named', async () => {
    await onHost('oa-test', 'apt-mark hold oa-portal; echo "# mine" >>/etc/oa/portal.conf')
    await staleFor(/oa-portal is held now; \/etc\/oa\/portal\.conf was changed/)
    await onHost('oa-test', "apt-mark unhold oa-portal; sed -i '/^# mine$/d' /etc/oa/portal.conf")
  })

  // Fault 13, hosts: since the plan the clock of one host is two hours ahead, that of another a day behind.
  // Outcome: refused before any effect, and both are named, with how far they are off.
  test('hosts whose clocks went wrong: both are named, with how far they are off', async () => {
    await clockOff('oa-test', '2 hours')
    await clockOff('oa-prod', '24 hours ago')
    await staleFor(
      /oa-prod {2}gate\/clock\n.*behind by 86[34]\d\d\b[^]*oa-test {2}gate\/clock\n.*ahead by 7[12]\d\d\b/,
      4,
    )
    await clockRight('oa-test')
    await clockRight('oa-prod')
  })

  // Fault 13, hosts: the clock of a host goes wrong while the rollout, which has begun, soaks.
  // Outcome: the host is not changed, and the rollout stops.
  test('a clock that goes wrong while test hosts soak: the host is not changed, and the rollout stops', async () => {
    const begun = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(begun.code, 0, begun.stdout + begun.stderr)
    await clockOff('oa-prod', '2 hours')
    const state = await stateOf('oa-prod')
    const ran = await resumeWhenDue(estate)
    assert.equal(ran.code, 20, ran.stdout + ran.stderr)
    const events = await onDisk(estate)
    const endOf = (host: string) =>
      events.find(({ type, subject }) => type === 'host.ended' && subject === host)?.data
    assert.equal(endOf('oa-test')?.['outcome'], 'done')
    assert.equal(endOf('oa-prod')?.['outcome'], 'failed')
    assert.match(
      String(endOf('oa-prod')?.['said']),
      /clocks of host and controller do not agree.*ahead by 7[12]\d\d\b/,
    )
    assert.deepEqual(await stateOf('oa-prod'), state)
    assert.deepEqual([await portalOn('oa-test'), await portalOn('oa-prod')], ['1.1', '1.0'])
  })
})
