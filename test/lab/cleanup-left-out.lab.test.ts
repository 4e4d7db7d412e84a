import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { labReset } from '../../lab/reset.ts'
import { onlyHosts } from './cleanup-estate.ts'
import { onHost } from './oa.ts'
import { type OwnEstate, ownEstate, type Ran, upkeep } from './upkeep.ts'

const hosts = ['erp-test-web', 'erp-app1'] as const
const exports = '/srv/exports'
const exportsRule = {
  where: [exports],
  what: ['**/*.csv'],
  olderThan: '30d',
  ageBy: 'mtime' as const,
  roles: ['app'],
}

describe('what keeps a host or a rule out of a clean-up', () => {
  let estate: OwnEstate
  let planFile: string

  before(async () => {
    await labReset(hosts)
    estate = await ownEstate((own) => {
      onlyHosts(own, hosts).cleanup = { rules: { exports: exportsRule } }
    })
    planFile = join(estate.dir, 'cleanup.json')
    for (const host of hosts) await onHost(host, aged('first.csv'))
    const planned = await upkeep(planWords(), { estate: estate.path })
    assert.equal(planned.code, 0, planned.stdout + planned.stderr)
    assert.equal((await run()).code, 4, 'production waits for a person')
    const letGo = await run(['--approve', 'exports', '--reason', 'looked at the test host'])
    assert.equal(letGo.code, 0, letGo.stdout + letGo.stderr)
  })
  after(async () => {
    await labReset(hosts)
    await estate.remove()
  })

  const aged = (name: string) =>
    `mkdir -p ${exports} && cd ${exports} && echo old >${name} && touch -d '40 days ago' ${name}`
  const planWords = () => ['cleanup', 'plan', '--system', 'erp', '--out', planFile]
  const run = (words: readonly string[] = []): Promise<Ran> =>
    upkeep(['cleanup', 'run', '--plan', planFile, ...words], { estate: estate.path })

  test('a host that can not be asked is left out and named, and the others are cleaned up', async () => {
    const old = `${exports}/late.csv`
    const there = async () =>
      Promise.all(hosts.map((host) => onHost(host, `[ -e ${old} ] && echo yes || echo no`)))
    const withGone = async (ring: 'test' | 'production') => {
      for (const host of hosts) await onHost(host, aged('late.csv'))
      await estate.change((own) => {
        const system = own.systems['erp']
        assert.ok(system)
        const [first] = Object.values(system.hosts)
        assert.ok(first)
        system.hosts = {
          ...system.hosts,
          'erp-gone': {
            ...first,
            connection: { ...first.connection, address: '10.77.0.250' },
            ring,
            roles: ['app'],
          },
        }
      })
      const planned = await upkeep(['cleanup', 'plan', '--system', 'erp', '--out', planFile], {
        estate: estate.path,
      })
      assert.equal(planned.code, 0, planned.stdout + planned.stderr)
      assert.match(planned.stdout, /left out: +erp-gone/)
      return run()
    }
    const late = await withGone('production')
    assert.notEqual(late.code, 0, late.stdout)
    assert.match(late.stderr, /erp-gone/)
    assert.deepEqual(await there(), ['no\n', 'no\n'])

    const untested = await withGone('test')
    assert.notEqual(untested.code, 0, untested.stdout)
    assert.match(untested.stderr, /gate\/cleanup-test-left-out/)
    assert.deepEqual(await there(), ['no\n', 'yes\n'], 'production waits while a test host is left out')
  })

  test('a host without Python is refused and named, and stays as it is', async () => {
    const bare = 'erp-lb'
    const own = await ownEstate((other) => {
      const system = onlyHosts(other, [bare])
      for (const host of Object.values(system.hosts)) host.ring = 'test'
      const { roles: _all, ...everywhere } = exportsRule
      system.cleanup = { rules: { exports: everywhere } }
    })
    try {
      const ran = await upkeep(['cleanup', 'plan', '--system', 'erp', '--out', join(own.dir, 'p.json')], {
        estate: own.path,
      })
      assert.equal(ran.code, 4, ran.stdout + ran.stderr)
      assert.match(ran.stderr, /cleanup\/no-interpreter/)
    } finally {
      await own.remove()
    }
  })
})
