import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { conforms } from '../../schemas/load.ts'
import { PatrolOutput } from '../../schemas/patrol-output.ts'
import { freshPair, onHost, pair } from './oa.ts'
import { type OwnEstate, ownEstate, upkeep } from './upkeep.ts'

const host = 'oa-prod'
const filler = '/var/tmp/upkeep-patrol-filler'
const mark = '/var/tmp/upkeep-patrol-mark'
let estate: OwnEstate
/** Per cent of the disk below which it is to be told: 1 below what is free. */
let limit = 0

async function patrol(...more: readonly string[]) {
  const ran = await upkeep(['patrol', '--system', 'oa', '--json', ...more], { estate: estate.path })
  assert.equal(ran.stderr, '')
  const told: unknown = JSON.parse(ran.stdout)
  assert.ok(conforms(PatrolOutput, told), ran.stdout)
  const [system] = told.systems
  assert.ok(system)
  const findings = system.findings
    .filter((one) => one.host === host && ['diskFree', 'services'].includes(one.item))
    .map(({ state, level, item, of }) => `${state} ${level} ${item} ${of}`)
  const figures = system.hosts.find((one) => one.host === host)?.figures ?? []
  return { code: ran.code, findings: findings.sort(), figures, hosts: system.hosts }
}

/** How many lines the journal of the host has of a program since a time. */
async function journalled(identifier: string, since: string, pattern: string): Promise<number> {
  const script = `journalctl --sync; journalctl -o cat -t ${identifier} --since @${since} | grep -c -e '${pattern}' || true`
  return Number(await onHost(host, script))
}

describe('patrol on real hosts', () => {
  before(async () => {
    await freshPair()
    for (const one of pair) await onHost(one, 'apt-get -q update >/dev/null 2>&1 || true')
    estate = await ownEstate()
  })
  after(async () => {
    await onHost(host, `rm -f ${filler} ${mark}; systemctl start nginx`)
    await estate.remove()
  })

  test('asks each host over one connection with one execution, and writes nothing there', async () => {
    const since = (await onHost(host, `touch ${mark}; sleep 1; date +%s`)).trim()
    const { figures, hosts } = await patrol()
    assert.equal(await journalled('sshd', since, '^Accepted publickey'), 1)
    assert.equal(await journalled('upkeep-root', since, ''), 1)
    const written = `find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /var/log/journal \\) -prune -o -newer ${mark} ! -type d ! -name wtmp ! -name lastlog ! -name btmp -print`
    assert.equal(await onHost(host, written), '')
    assert.equal(await onHost(host, 'ls -A /run | grep -i patrol || true'), '')
    assert.deepEqual(
      hosts.map(({ problems }) => problems),
      [[], []],
    )
    const free = figures.find(({ item, of }) => item === 'diskFree' && of === '/')
    assert.ok(typeof free?.value === 'number', JSON.stringify(figures))
    limit = free.value - 1
  })

  test('knows of when the package indexes of the host are, once it has any of security', async () => {
    const { figures } = await patrol()
    const of = (item: string) => figures.find((one) => one.item === item)
    assert.equal(of('updateIndexes')?.state, 'seen', JSON.stringify(of('updateIndexes')))
    const updates = of('securityUpdates')
    assert.ok(updates !== undefined && updates.state !== 'absent', JSON.stringify(updates))
  })

  test('in a container says whose figures they are, and never gives the machine’s for its own', async () => {
    const { hosts, figures } = await patrol()
    for (const { scope } of hosts) assert.equal(scope, 'cgroup')
    const own = figures.filter(({ item }) => item === 'cpu' || item === 'memory')
    assert.equal(own.length, 2)
    for (const { state, said } of own)
      assert.match(`${state} ${said}`, /^(seen own group|unknown the container does not)/)
  })

  test('finds a disk that fills and a service that stopped, calls them open, then closed', async () => {
    await estate.change((changed) => {
      const oa = changed.systems['oa']
      assert.ok(oa)
      oa.patrol = { limits: { diskFree: { warning: limit, critical: 1, margin: 0.2 } } }
    })
    assert.deepEqual((await patrol()).findings, [])

    await onHost(
      host,
      `fallocate -l $(df -B1 --output=size / | awk 'NR == 2 { print int($1 / 50) }') ${filler}; sync`,
    )
    await onHost(host, 'systemctl stop nginx')
    const first = await patrol()
    assert.deepEqual(first.findings, ['new critical services nginx.service', 'new warning diskFree /'])
    assert.notEqual(first.code, 0)

    const second = await patrol()
    assert.deepEqual(second.findings, ['open critical services nginx.service', 'open warning diskFree /'])

    await onHost(host, `rm ${filler}; sync; systemctl start nginx`)
    const third = await patrol()
    assert.deepEqual(third.findings, ['closed critical services nginx.service', 'closed warning diskFree /'])
    assert.deepEqual((await patrol()).findings, [])
  })

  test('ends as a Nagios plugin with a service that stopped: critical', async () => {
    await onHost(host, 'systemctl stop nginx')
    const ran = await upkeep(['patrol', '--system', 'oa', '--nagios'], { estate: estate.path })
    assert.equal(ran.code, 2, ran.stdout)
    assert.match(
      ran.stdout,
      /^PATROL CRITICAL - [1-9]\d* critical, .*'oa-prod services nginx\.service'=1;0;0;0/,
    )
    await onHost(host, 'systemctl start nginx')
  })
})
