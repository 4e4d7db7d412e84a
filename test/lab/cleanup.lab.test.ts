import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { labReset } from '../../lab/reset.ts'
import { planDigest } from '../../playbooks/rollout/plan-file.ts'
import type { CleanupPlan } from '../../schemas/cleanup-plan.ts'
import type { System } from '../../schemas/system.ts'
import { eventsOf } from './erp.ts'
import { onHost } from './oa.ts'
import { type OwnEstate, ownEstate, type Ran, upkeep } from './upkeep.ts'

const hosts = ['erp-test-web', 'erp-app1'] as const
const [testHost, production] = hosts
const exports = '/srv/exports'
// Names that shells and terminals obey, one that is no UTF-8, and one as long as names can be.
const files = `
mkdir -p ${exports}/sub && cd ${exports}
for name in plain.csv -rf.csv 'a b.csv' "$(printf 'line\\nbreak.csv')" "$(printf '\\033[31mred.csv')" "$(printf '\\377\\376.csv')" "$(printf '\\377%.0s' $(seq 251)).csv" sub/deep.csv
do printf '%s' "content of $name" >"./$name"; touch -d '40 days ago' "./$name"; done
chown 1234:4321 plain.csv && chmod 4640 plain.csv && touch -d '40 days ago' plain.csv
echo young >young.csv
echo held >open.csv && touch -d '40 days ago' open.csv
systemctl is-active -q upkeep-test-reader || systemd-run --quiet --unit=upkeep-test-reader sh -c 'exec sleep 3600 <${exports}/open.csv'
while [ "$(readlink /proc/"$(systemctl show -P MainPID upkeep-test-reader)"/fd/0)" != ${exports}/open.csv ]; do sleep 0.1; done`
const look = `cd ${exports} && find . -printf '%p %U:%G %m %s %T@\\0' | sort -z | tr '\\0\\n' '\\n?' && find . -type f -print0 | sort -z | xargs -0 sha256sum`

describe('clean-up of real hosts', () => {
  let estate: OwnEstate
  let planFile: string
  let untouched: Readonly<Record<string, string>>

  before(async () => {
    await labReset(hosts)
    for (const host of hosts) await onHost(host, files)
    estate = await ownEstate((own) => {
      const system = own.systems['erp']
      assert.ok(system)
      system.hosts = Object.fromEntries(
        Object.entries(system.hosts).filter(([name]) => hosts.some((one) => one === name)),
      )
      delete system.probes
      delete system.backup
      delete system.databases
      delete system.snapshot
      system.patch = { snapshots: 'go-without' }
      system.roles = { app: {}, balancer: {} }
      rule(system, { olderThan: '30d' })
    })
    planFile = join(estate.dir, 'cleanup.json')
    untouched = await looks()
  })
  after(async () => {
    await labReset(hosts)
    await estate.remove()
  })

  function rule(system: System, changes: object): void {
    // The files of this test are as old as touch makes them.
    const aged = { olderThan: '30d', ageBy: 'mtime' as const }
    const written = { where: [exports], what: ['**/*.csv'], ...aged, roles: ['app'], ...changes }
    system.cleanup = { rules: { exports: written } }
  }

  async function looks(): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries(
      await Promise.all(hosts.map(async (host) => [host, await onHost(host, look)] as const)),
    )
  }

  async function plan(): Promise<CleanupPlan> {
    const ran = await upkeep(['cleanup', 'plan', '--system', 'erp', '--out', planFile], {
      estate: estate.path,
    })
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    return JSON.parse(await readFile(planFile, 'utf8')) as CleanupPlan
  }

  const run = (words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
    upkeep(['cleanup', 'run', '--plan', planFile, ...words], { estate: estate.path, env })

  test('a plan says what would go, and leaves every host as it is', async () => {
    const planned = await plan()
    assert.deepEqual(
      planned.hosts.map(({ host }) => host),
      Object.keys(untouched).sort(
        (a, b) =>
          planned.hosts.findIndex(({ host }) => host === a) -
          planned.hosts.findIndex(({ host }) => host === b),
      ),
    )
    for (const { found } of planned.hosts) {
      const [row] = found.rules
      assert.equal(row?.files, 8)
      assert.deepEqual(
        row?.held?.map(({ why, count }) => [why, count]),
        [
          ['open', 1],
          ['young', 1],
        ],
      )
    }
    assert.deepEqual(await looks(), untouched)
  })

  // Fault, clean up: the controller is killed after it announced the clean-up of a host, or before it recorded the end. Outcome: the same plan, run again, goes on.
  test('test hosts first, also by a controller that is killed; production waits for a person', async () => {
    const killed = await run([], { UPKEEP_KILL: 'after:2' })
    assert.equal(killed.code, null, killed.stdout + killed.stderr)
    const again = await run([], { UPKEEP_KILL: 'before:2' })
    assert.equal(again.code, null, again.stdout + again.stderr)
    const ran = await run()
    assert.equal(ran.code, 4, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /gate\/cleanup-first-run/)
    const now = await looks()
    assert.equal(now[production], untouched[production])
    assert.equal(
      await onHost(testHost, `cd ${exports} && find . -type f | sort`),
      './open.csv\n./young.csv\n',
    )
  })

  test('a person lets it go to production, and the journal says what it gave', async () => {
    const waits = await run()
    const [, approval = ''] =
      /run again with --approve (\S+@[0-9a-f]{12})/.exec(waits.stderr.replace(/\s+/g, ' ')) ?? []
    const other = await run(['--approve', 'exports@000000000000'])
    assert.equal(other.code, 3, other.stdout + other.stderr)
    assert.match(other.stderr.replace(/\s+/g, ' '), new RegExp(`another state of the rule .* ${approval}`))
    const ran = await run(['--approve', approval, '--reason', 'looked at the test host'])
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal(
      await onHost(production, `cd ${exports} && find . -type f | sort`),
      './open.csv\n./young.csv\n',
    )
    assert.equal(await onHost(production, 'stat -c "%a %U" /var/lib/upkeep/quarantine'), '700 root\n')
    const timers = await onHost(production, 'systemctl list-timers --all --no-legend "upkeep-purge-*"')
    assert.match(timers, /upkeep-purge-clean-erp-/)
    const events = await eventsOf(estate)
    const ends = events.filter(({ type }) => type === 'cleanup.host.ended')
    assert.deepEqual(ends.map(({ subject, data }) => [subject, data['outcome']]).sort(), [
      [production, 'done'],
      [testHost, 'done'],
    ])
    for (const { data } of ends) {
      const [done] = data['rules'] as readonly {
        takenFiles: number
        directories: readonly { freeBytesAfter: number }[]
      }[]
      assert.equal(done?.takenFiles, 8)
      assert.ok((done?.directories[0]?.freeBytesAfter ?? 0) > 0)
    }
    assert.equal(events.filter(({ type }) => type === 'cleanup.approved').length, 1)
    const verified = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(verified.code, 0, verified.stdout)
  })

  test('a plan that somebody has changed to call production a test host is refused', async () => {
    const text = await readFile(planFile, 'utf8')
    const { digest: _, ...planned } = JSON.parse(text) as CleanupPlan
    const forged = { ...planned, hosts: planned.hosts.map((host) => ({ ...host, ring: 'test' as const })) }
    await writeFile(planFile, JSON.stringify({ ...forged, digest: planDigest(forged) }))
    const ran = await run()
    assert.equal(ran.code, 4, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /plan\/unlike-estate/)
    await writeFile(planFile, text)
  })

  test('undo brings all of it back: owner, mode, times, contents', async () => {
    const id = (JSON.parse(await readFile(planFile, 'utf8')) as CleanupPlan).id
    const words = ['cleanup', 'undo', '--cleanup', id, '--reason', 'still needed']
    const back = await upkeep(words, { estate: estate.path })
    assert.equal(back.code, 0, back.stdout + back.stderr)
    assert.deepEqual(await looks(), untouched)
    const twice = await upkeep(words, { estate: estate.path })
    assert.equal(twice.code, 4, twice.stdout + twice.stderr)
    assert.match(twice.stderr, /cleanup\/nothing-aside/)
  })

  test('a rule that was changed is a new one: production waits again', async () => {
    await estate.change((own) => {
      const system = own.systems['erp']
      assert.ok(system)
      rule(system, { olderThan: '20d' })
    })
    await plan()
    const early = await run(['--approve', 'exports'])
    assert.equal(early.code, 4, 'nobody can let go what he has not seen on a test host')
    assert.match(early.stderr, /gate\/cleanup-first-run/)
    const now = await looks()
    assert.equal(now[production], untouched[production])
  })

  // Fault, clean up: an unprivileged user of a real host swaps names for links to another directory while it is cleaned up. Outcome: nothing outside of the rule is lost.
  test('swaps of names by another user lose nothing outside', async () => {
    const swapping = await readFile(new URL('../cleanup/swaps.py', import.meta.url), 'utf8')
    await onHost(
      production,
      `mkdir -p /srv/victim && for i in $(seq 0 39); do echo precious >/srv/victim/file$i; done
       touch -d '60 days ago' /srv/victim/*
       install -d -o nobody ${exports}/own
       cat >/usr/local/lib/swaps.py <<'PYTHON'
${swapping}
PYTHON
       systemd-run --quiet --unit=upkeep-test-attacker sh -c 'exec python3 /usr/local/lib/swaps.py ${exports}/own /srv/victim 100000000 65534 >/run/swaps 2>&1'
       while [ ! -s /run/swaps ]; do sleep 0.1; done`,
    )
    // A rule that finds nothing to take on a test host has shown nothing there.
    await onHost(testHost, `cd ${exports} && echo again >again.csv && touch -d '40 days ago' again.csv`)
    await estate.change((own) => {
      const system = own.systems['erp']
      assert.ok(system)
      rule(system, { what: ['**/*'], olderThan: '20d' })
    })
    await plan()
    await run()
    let taken = 0
    for (let round = 0; round < 4; round++) {
      if (round > 0) await plan()
      const ran = await run(['--approve', 'exports', '--json'])
      assert.equal(ran.code, 0, ran.stdout + ran.stderr)
      const said = JSON.parse(ran.stdout) as {
        hosts: readonly { host: string; rules: readonly { takenFiles: number }[] }[]
      }
      taken += said.hosts.find(({ host }) => host === production)?.rules[0]?.takenFiles ?? 0
      assert.equal(await onHost(production, 'ls /srv/victim | wc -l'), '40\n', `round ${round}`)
    }
    assert.ok(taken > 0, 'it did clean up meanwhile')
    await onHost(
      production,
      'systemctl is-active upkeep-test-attacker && systemctl stop upkeep-test-attacker',
    )
    assert.equal(await onHost(production, 'cat /srv/victim/* | sort -u'), 'precious\n')
  })

  test('of the journal only what journald has closed goes; it is told to close its files first', async () => {
    const archived = 'ls -d /var/log/journal/*/*@*.journal'
    await onHost(
      testHost,
      `mkdir -p /var/log/journal && systemctl restart systemd-journald && journalctl --flush && logger one
       journalctl --sync && journalctl --rotate && logger two && journalctl --sync && systemctl restart systemd-journald
       # What journald closes it may hold for a moment more.
       while ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q '@.*[.]journal'; do sleep 0.1; done
       touch -d '40 days ago' /var/log/journal/*/*@*.journal`,
    )
    const old = (await onHost(testHost, archived)).split('\n').filter((line) => line !== '')
    assert.ok(old.length > 0)
    await estate.change((own) => {
      const system = own.systems['erp']
      assert.ok(system)
      system.cleanup = { rules: { journald: { olderThan: '30d', ageBy: 'mtime' } } }
    })
    await plan()
    const ran = await run(['--json'])
    assert.equal(ran.code, 4, 'production waits for a person')
    const left = (await onHost(testHost, archived)).split('\n').filter((line) => line !== '')
    assert.deepEqual(
      old.filter((path) => left.includes(path)),
      [],
    )
    assert.ok(left.length > 0, 'what was rotated just now is young, and stays')
    assert.match(await onHost(testHost, 'journalctl -q --no-pager -t root -o cat'), /two/)
  })
})
