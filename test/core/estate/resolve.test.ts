import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { neverBelow, neverItself } from '../../../core/estate/cleanup-path.ts'
import { orderOf } from '../../../core/estate/order.ts'
import { readEstate } from '../../../core/estate/read.ts'
import type { ResolvedEstate } from '../../../core/estate/resolved.ts'
import { criticalSoak, tierDefaults } from '../../../core/estate/tiers.ts'
import { durationMs } from '../../../core/duration.ts'

const estates = join(import.meta.dirname, '../../schemas/estates/valid')

function resolved(file: string, ...changes: readonly (readonly [string, string])[]): ResolvedEstate {
  let text = readFileSync(join(estates, file), 'utf8')
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), from)
    text = text.replace(from, to)
  }
  const read = readEstate('/srv/acme/estate.yaml', text)
  assert.ok(read.ok, JSON.stringify(read))
  return read.value.estate
}

test('paths are absolute, from the directory of the estate file', () => {
  const plain = resolved('small.yaml')
  assert.equal(plain.directory, '/srv/acme')
  assert.equal(plain.stateDir, '/srv/acme/state')
  assert.equal(plain.knownHosts, '/srv/acme/known_hosts')
  const own = resolved('every-connection.yaml')
  assert.equal(own.stateDir, '/var/lib/upkeep')
  assert.equal(own.knownHosts, '/srv/acme/keys/known_hosts')
})

test('a connection is the estate, over it the system, over it the host; a nearer key or agent replaces both', () => {
  const hosts = new Map(
    resolved('every-connection.yaml').systems['erp']?.hosts.map((host) => [host.name, host.connection]),
  )
  const key = { kind: 'key', path: join(homedir(), '.ssh/id_ed25519') }
  const wrapper = { kind: 'wrapper', path: '/usr/local/sbin/upkeep-root' }
  const shared = { port: 2200, user: 'upkeep', auth: key, sudo: wrapper }
  assert.deepEqual(hosts.get('plain'), { ...shared, name: 'plain', address: 'plain' })
  assert.deepEqual(hosts.get('root'), {
    ...shared,
    name: 'root',
    address: 'root',
    user: 'root',
    sudo: { kind: 'none' },
  })
  assert.deepEqual(hosts.get('agent'), {
    ...shared,
    name: 'agent',
    address: 'agent',
    auth: { kind: 'agent' },
    sudo: { kind: 'password', password: { kind: 'env', variable: 'SUDO_PASSWORD' } },
  })
  assert.deepEqual(hosts.get('asks')?.sudo, {
    kind: 'password',
    password: { kind: 'file', path: '/srv/acme/secrets/sudo' },
  })
  assert.deepEqual(hosts.get('behind'), {
    ...shared,
    name: 'behind',
    address: '10.0.0.2',
    jump: {
      name: 'inner',
      address: '10.0.0.1',
      port: 22,
      user: 'jump',
      auth: { kind: 'agent' },
      jump: { name: 'bastion', address: 'bastion.example.com', port: 2222, user: 'upkeep', auth: key },
    },
  })
})

test('without a word about sudo it asks for no password, and root needs none', () => {
  assert.deepEqual(resolved('small.yaml').systems['erp']?.hosts[0]?.connection.sudo, { kind: 'nopasswd' })
  const asRoot = resolved('small.yaml', ['user: upkeep', 'user: root'])
  assert.deepEqual(asRoot.systems['erp']?.hosts[0]?.connection.sudo, { kind: 'none' })
})

const critical = ['tier: core', 'tier: core\n    modules: { finance: { critical: true } }'] as const
const tier = ['systems:', 'tiers: { core: { soak: 21d, atOnce: 2, failureBudget: 2 } }\nsystems:'] as const
const own = ['snapshots: go-without', 'snapshots: go-without, soak: 30d'] as const

test('a policy is the default of the tier, over it the estate, over it the system', () => {
  const policy = (...changes: readonly (readonly [string, string])[]) => {
    const found = resolved('small.yaml', ...changes).systems['erp']?.policy
    assert.ok(found)
    return found
  }
  assert.equal(policy().soakMs, durationMs(tierDefaults.soak.core))
  assert.equal(policy(critical).soakMs, durationMs(criticalSoak))
  assert.equal(policy(critical, tier).soakMs, durationMs('21d'))
  assert.equal(policy(critical, tier, own).soakMs, durationMs('30d'))
  assert.equal(policy(tier, own).atOnce, 2)
  assert.deepEqual(policy().waves, [1, '25%', '50%'])
})

test('a clean-up rule is its name, over it the tier, over it the system; off is off', () => {
  const cleanup = resolved('cleanup.yaml').systems['erp']?.cleanup
  assert.equal(cleanup?.quarantineMs, durationMs('5d'))
  assert.deepEqual(
    cleanup?.rules.map(({ name }) => name),
    ['rotated-logs', 'temporary-files', 'exports', 'live-logs', 'security-logs', 'old-kernels'],
  )
  const [logs, temporary, exports, live, security, kernels] = cleanup?.rules ?? []
  assert.deepEqual([logs?.olderThanMs, logs?.keepNewest, logs?.mount], [durationMs('60d'), 2, true])
  assert.deepEqual(logs?.budget, { files: 10_000, bytes: 5 * 1024 ** 3 })
  assert.deepEqual([temporary?.where, temporary?.roles], [['/tmp'], ['app']])
  assert.deepEqual(exports?.capBytes, 2 * 1024 ** 3)
  assert.deepEqual([live?.olderThanMs, live?.keepTailBytes, exports?.keepTailBytes], [0, 64 << 20, null])
  assert.deepEqual(
    [security?.olderThanMs, exports?.ageBy, logs?.ageBy],
    [durationMs('365d'), 'ctime', 'mtime'],
  )
  assert.deepEqual([kernels?.kernels, kernels?.regenerable, kernels?.where], [true, true, []])
  assert.ok(logs?.not.includes('keep/') && logs.not.includes('**/wtmp[.-]*'), 'what a name spares, it spares')
  assert.equal(resolved('small.yaml').systems['erp']?.cleanup.rules.length, 0, 'no rule is there unnamed')
})

test('the host refuses the same directories as the estate does', () => {
  const text = readFileSync(new URL('../../../playbooks/facts/cleanup/handles.py', import.meta.url), 'utf8')
  const listOf = (name: string) => new RegExp(`${name} = "+([^"]+)"`).exec(text)?.[1]?.split(/\s+/)
  assert.deepEqual(listOf('UNDER'), neverBelow)
  assert.deepEqual(listOf('EXACT'), neverItself)
})

test('the tiers hold the figures of the handbooks: two weeks for critical modules, each with its source', () => {
  assert.equal(criticalSoak, '14d')
  for (const [key, { source }] of Object.entries(tierDefaults)) assert.notEqual(source, '', key)
})

test('an order puts each name after those it follows, or names a circle', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  const after = fc.uniqueArray(fc.tuple(name, fc.uniqueArray(name, { maxLength: 3 })), {
    selector: ([one]) => one,
  })
  fc.assert(
    fc.property(after, (entries) => {
      const graph = new Map<string, readonly string[]>(entries)
      const { levels, cycle } = orderOf(graph)
      if (cycle === undefined) {
        assert.deepEqual(levels.flat().sort(), [...graph.keys()].sort())
        const level = new Map(levels.flatMap((names, index) => names.map((one) => [one, index] as const)))
        for (const [one, before] of graph) {
          for (const other of before.filter((each) => graph.has(each))) {
            assert.ok((level.get(other) ?? NaN) < (level.get(one) ?? NaN), `${other} before ${one}`)
          }
        }
        return
      }
      assert.equal(cycle[0], cycle.at(-1))
      assert.ok(cycle.length > 1)
      for (const [index, one] of cycle.slice(0, -1).entries())
        assert.ok(graph.get(one)?.includes(cycle[index + 1] ?? ''))
    }),
  )
})
