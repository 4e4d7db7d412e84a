import assert from 'node:assert/strict'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { freshPair, onDisk, planPair, policy, portalEstate, portalOn, resumeWhenDue } from './oa.ts'
import { type OwnEstate, type Ran, upkeep } from './upkeep.ts'

const old = new Date(Date.now() - 25 * 3_600_000).toISOString()
const future = new Date(Date.now() + 24 * 3_600_000).toISOString()

/** What a backup command does, and what must then be said of it. */
const bad: Readonly<Record<string, readonly [script: string, says: RegExp]>> = {
  'that is too old': [
    `echo '{"time":"${old}","place":"ops"}'`,
    new RegExp(`no good backup: of ${old} in ops`),
  ],
  'of tomorrow': [`echo '{"time":"${future}","place":"ops"}'`, /no good backup: of .* in ops/],
  'that answers rubbish': ['echo it went well', /no good backup: the answer is not .*it went well/],
  'without a time': [`echo '{"place":"ops"}'`, /no good backup: the answer is not .*place/],
  'that fails': ['echo no space left >&2; exit 3', /no good backup: .*exit 3: no space left/],
}

describe('without a good backup no production host starts', () => {
  let estate: OwnEstate
  const copies: OwnEstate[] = []
  const answers = new Map<string, Promise<Ran>>()

  const gated = () =>
    portalEstate((oa) => {
      policy(oa, { rehearsal: 'none' })
      // A relative command lies beside the estate file.
      oa.backup = { command: ['sh', 'backup.sh'], maxAge: '24h' }
    })

  before(async () => {
    await freshPair()
    estate = await gated()
    await writeFile(join(estate.dir, 'backup.sh'), 'exit 1')
    const { file } = await planPair(estate)
    const first = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(first.code, 0, first.stdout + first.stderr)
    // Each answer for a copy of this rollout, all at the same time.
    for (const [name, [script]] of Object.entries(bad)) {
      const copy = await gated()
      copies.push(copy)
      await cp(estate.state, copy.state, { recursive: true })
      await writeFile(join(copy.dir, 'backup.sh'), script)
      answers.set(name, resumeWhenDue(copy))
    }
  })
  after(async () => {
    await Promise.all(answers.values())
    await freshPair()
    await Promise.all([estate, ...copies].map((one) => one.remove()))
  })

  // Fault, hosts: the last backup is bad. Outcome: production does not start until there is a good one.
  test('a bad one, and right after it a good one: production starts', async () => {
    await Promise.all(answers.values())
    const shut = await upkeep(['resume'], { estate: estate.path })
    assert.equal(shut.code, 4, shut.stdout + shut.stderr)
    assert.equal(await portalOn('oa-prod'), '1.0')
    const good = `echo '{"time":"${new Date().toISOString()}","place":"ops:/srv/backup"}'`
    await writeFile(join(estate.dir, 'backup.sh'), good)
    const ran = await upkeep(['resume'], { estate: estate.path })
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /last good backup of .* in ops:\/srv\/backup/)
    assert.equal(await portalOn('oa-prod'), '1.1')
  })

  for (const [name, [, says]] of Object.entries(bad)) {
    test(`one ${name}: refused, and it says why`, async () => {
      const ran = await answers.get(name)
      assert.equal(ran?.code, 4, `${ran?.stdout}${ran?.stderr}`)
      assert.match(ran?.stdout ?? '', says)
      assert.match(ran?.stdout ?? '', /oa-prod {2}production {2}waiting/)
      const events = await onDisk(copies[Object.keys(bad).indexOf(name)] ?? estate)
      assert.ok(!events.some((event) => event.type === 'host.started' && event.subject === 'oa-prod'))
    })
  }
})
