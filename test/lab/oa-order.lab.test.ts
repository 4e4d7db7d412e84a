import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  freshPair,
  onDisk,
  onHost,
  pair,
  planPair,
  policy,
  portalEstate,
  portalOn,
  stateOf,
  resumeWhenDue,
} from './oa.ts'
import { type OwnEstate, upkeep } from './upkeep.ts'

describe('the order of rings on the office pair', () => {
  let estate: OwnEstate

  before(async () => {
    await freshPair()
    estate = await portalEstate((oa) => policy(oa, { rehearsal: 'none' }))
  })
  after(async () => {
    await freshPair()
    await estate.remove()
  })

  // Fault 25, packages: production is due for a package that test did not get. Outcome: refused and named.
  test('what is due in production and not tried on test is refused and named', async () => {
    const install = 'apt-get -qq update && apt-get -qq -y install oa-portal=1.1'
    await onHost('oa-test', `export DEBIAN_FRONTEND=noninteractive; ${install}`)
    const production = await stateOf('oa-prod')
    const file = `${estate.dir}/untested.json`
    const words = ['patch', 'plan', '--system', 'oa', '--out', file]
    const planned = await upkeep(words, { estate: estate.path })
    assert.equal(planned.code, 4, planned.stderr)
    assert.match(planned.stderr, /oa-prod {2}plan\/untested\n.*oa-portal 1\.0 -> 1\.1/)

    const ran = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(ran.code, 4, ran.stderr)
    assert.match(ran.stderr, /plan\/untested/)
    assert.deepEqual(await onDisk(estate), [])
    assert.deepEqual(await stateOf('oa-prod'), production)
    await onHost('oa-test', 'dpkg --purge oa-portal && apt-get -qq -y install oa-portal=1.0')
  })

  // Fault, hosts: a test host is sick before the patch.
  // Outcome: its patch is not begun; nothing changes, and production stays shut.
  test('a test host that is sick before is not started, nothing on it changes, and production stays shut', async () => {
    await freshPair()
    const { file } = await planPair(estate)
    await onHost('oa-test', 'systemctl stop nginx')
    const states = await Promise.all(pair.map(stateOf))
    const ran = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(ran.code, 20, ran.stdout + ran.stderr)
    assert.match(ran.stdout, /test did not pass: oa-test failed \(check\.before: .*web\/health/)
    assert.deepEqual(await Promise.all(pair.map(stateOf)), states)
    const events = await onDisk(estate)
    const begun = events.filter(({ type }) => type === 'step.started').map(({ data }) => data['step'])
    assert.deepEqual(begun.slice(0, 2), ['check.fresh', 'check.before'])
    assert.ok(!begun.some((step) => /^(apt|snapshot)\./.test(String(step))), begun.join(' '))
    assert.ok(!events.some(({ subject }) => subject === 'oa-prod'))
    await onHost('oa-test', 'systemctl start nginx')
  })

  // Fault, hosts: a production host is sick before the patch. Outcome: its patch is not begun.
  test('a production host that is sick before is not started, after test has passed', async () => {
    const { file } = await planPair(estate)
    const first = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(first.code, 0, first.stderr)
    await onHost('oa-prod', 'systemctl stop nginx')
    const state = await stateOf('oa-prod')
    const second = await resumeWhenDue(estate)
    assert.equal(second.code, 20, second.stdout + second.stderr)
    assert.match(second.stdout, /oa-prod failed \(check\.before/)
    assert.deepEqual(await stateOf('oa-prod'), state)
    assert.equal(await portalOn('oa-test'), '1.1')
  })
})
