import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { hostPool, type HostPool } from '../../connect/pool.ts'
import { awaitUnit, removeUnitFiles, runUnit, startUnit, type UnitEnd } from '../../connect/unit.ts'
import type { Result } from '../../schemas/problem.ts'
import { labTarget } from './lab-target.ts'

const timeoutMs = 60_000
const prefix = 'upkeep-test-unit-'
const hostName = 'oa-test'

function value<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(JSON.stringify(result.problems))
  return result.value
}

function ended(end: UnitEnd): { code: number; output: string } {
  assert.equal(end.state, 'ended', JSON.stringify(end))
  if (end.state !== 'ended') throw new Error('unreachable')
  return end
}

// Ends every connection on the host, as a cut network does from the point of view of both sides.
const cutAll = `(sleep 0.2; for p in /proc/[0-9]*; do
  case $(tr '\\0' ' ' 2>/dev/null <$p/cmdline) in "sshd: /usr/"*) ;; "sshd: "*) kill -9 "\${p#/proc/}" ;; esac
done) >/dev/null 2>&1 &`

describe('work in a unit', () => {
  let pool: HostPool
  const get = () => pool.get(hostName)
  const root = async (script: string) =>
    value(await value(await get()).run(script, { root: true, timeoutMs })).stdout.trim()
  before(async () => {
    pool = hostPool([labTarget(hostName)], { timeoutMs: 10_000 })
    value(await removeUnitFiles(value(await get()), prefix))
  })
  after(async () => {
    value(await removeUnitFiles(value(await get()), prefix))
    pool.closeAll()
  })

  test('ends with its exit code and output, which is seen while it comes', async () => {
    const seen: string[] = []
    const end = await runUnit(get, {
      unit: `${prefix}simple`,
      script: 'echo "升级 $1 as $(id -un)"; sleep 3; echo done >&2; exit 7',
      args: ["it's 100% $HOME"],
      timeoutMs,
      onOutput: (text) => void seen.push(text),
    })
    const { code, output } = ended(value(end))
    assert.deepEqual([code, output], [7, "升级 it's 100% $HOME as root\ndone\n"])
    assert.equal(seen.join(''), output)
    assert.ok(seen.length > 1, 'the first line came before the end')
  })

  test('has the limit of memory that it was given, and none otherwise', async () => {
    const limit = async (unit: string, more: object) => {
      const script = `systemctl show -P MemoryMax ${unit}`
      return ended(value(await runUnit(get, { unit, script, timeoutMs, ...more }))).output.trim()
    }
    assert.equal(await limit(`${prefix}bounded`, { memoryMaxBytes: 64 << 20 }), String(64 << 20))
    assert.equal(await limit(`${prefix}unbounded`, {}), 'infinity')
  })

  // Fault 1, controllers: the same work is started by many, and again. Outcome: it happens once.
  test('happens once, however many start it and whenever', async () => {
    const work = { unit: `${prefix}once`, script: 'echo ran >>/tmp/upkeep-once; exit 3', timeoutMs }
    await root('rm -f /tmp/upkeep-once')
    const starts = await Promise.all(
      Array.from({ length: 6 }, async () => startUnit(value(await get()), work)),
    )
    assert.ok(
      starts.every((start) => start.ok),
      JSON.stringify(starts),
    )
    assert.equal(ended(value(await awaitUnit(get, { unit: work.unit, timeoutMs }))).code, 3)
    assert.equal(value(await startUnit(value(await get()), work)), 'ended')
    assert.equal(ended(value(await runUnit(get, work))).code, 3)
    assert.equal(await root('cat /tmp/upkeep-once'), 'ran')
    const other = await startUnit(value(await get()), { ...work, args: ['other'] })
    assert.equal(other.ok ? '' : other.problems[0]?.code, 'host/unit-differs')
  })

  // Fault 3, links: the link is cut again and again.
  // Outcome: the work outlives it, and its end is told truly.
  test('outlives a cut link, again and again, and its end is told truly', async () => {
    const work = {
      unit: `${prefix}cut`,
      script: 'for i in $(seq 1 16); do echo $i; sleep 0.5; done; exit 9',
      timeoutMs,
    }
    const seen: string[] = []
    const ending = runUnit(get, { ...work, onOutput: (text) => void seen.push(text) })
    let cuts = 0
    for (let i = 0; i < 6; i++) {
      await sleep(1000)
      const host = await get()
      const cut = host.ok ? await host.value.run(cutAll, { root: true, timeoutMs: 5000 }) : host
      if (cut.ok) cuts += 1
    }
    const numbers = Array.from({ length: 16 }, (_, i) => `${i + 1}\n`).join('')
    const { code, output } = ended(value(await ending))
    assert.deepEqual([code, output, seen.join('')], [9, numbers, numbers])
    assert.ok(cuts >= 3, `${cuts} cuts`)
  })

  // Fault 6, packages: work restarts sshd. Outcome: it goes on.
  test('may restart sshd and start services, which stay when it ends', async () => {
    const script = `systemctl restart ssh && systemd-run -q --unit=upkeep-test-service sleep 300; echo on`
    assert.deepEqual(
      ended(value(await runUnit(get, { unit: `${prefix}sshd`, script, timeoutMs }))).output,
      'on\n',
    )
    assert.equal(await root('systemctl is-active ssh upkeep-test-service'), 'active\nactive')
    await root('systemctl stop upkeep-test-service')
  })

  // Fault 1, controllers: another controller takes over running work. Outcome: it gets the true end.
  test('is found by another controller, which gets the true end', async () => {
    const unit = `${prefix}other`
    value(await startUnit(value(await get()), { unit, script: 'sleep 3; exit 4', timeoutMs }))
    const second = hostPool([labTarget(hostName)], { timeoutMs: 10_000 })
    const early = value(await awaitUnit(() => second.get(hostName), { unit, timeoutMs: 500 }))
    assert.equal(early.state, 'running')
    const end = value(await awaitUnit(() => second.get(hostName), { unit, timeoutMs }))
    assert.equal(ended(end).code, 4)
    second.closeAll()
  })

  // Fault 22, hosts: work hangs and ignores signals. Outcome: ended at its limit, with all its children.
  test('that hangs is ended at its limit with all its children', async () => {
    const script = `trap '' TERM INT HUP; echo hanging; sh -c 'trap "" TERM; exec sleep 4321' & sleep 4321`
    const end = value(
      await runUnit(get, { unit: `${prefix}hang`, script, timeoutMs: 2000, waitMs: timeoutMs }),
    )
    assert.deepEqual([ended(end).code, ended(end).output], [124, 'hanging\n'])
    const left = await root(
      `for p in /proc/[0-9]*; do tr '\\0' ' ' 2>/dev/null <$p/cmdline | grep '^sleep 4321' || :; done`,
    )
    assert.equal(left, '')
  })

  test('that leaves a daemon holding its output does not wait for it', async () => {
    const started = performance.now()
    const end = value(
      await runUnit(get, { unit: `${prefix}daemon`, script: 'sleep 333 & echo on', timeoutMs }),
    )
    assert.deepEqual([ended(end).code, ended(end).output], [0, 'on\n'])
    assert.ok(performance.now() - started < 15_000)
  })

  // Fault 21, hosts: work prints gigabytes. Outcome: a true end, and no disk is filled.
  test('that prints gigabytes has a true end and fills no disk', async () => {
    const script = 'echo first; yes "a line of output" | head -c 2000000000; echo last; exit 5'
    const unit = `${prefix}flood`
    const end = ended(value(await runUnit(get, { unit, script, timeoutMs })))
    assert.equal(end.code, 5)
    assert.match(end.output, /last\n$/)
    assert.ok(end.output.length <= 65536)
    const kept = Number(await root(`du -sb /var/lib/upkeep/${unit} | cut -f1`))
    assert.ok(kept < 70e6, `${kept} bytes`)
  })

  test('that prints in very many small pieces, and leaves a child behind: all of it is there', async () => {
    const pieces = `perl -e '$| = 1; for (1..20000) { print "$_\n"; select(undef, undef, undef, 0.0001) }'`
    const script = `(sleep 60 &); ${pieces}; echo last`
    const end = ended(value(await runUnit(get, { unit: `${prefix}pieces`, script, timeoutMs })))
    assert.equal(end.code, 0)
    assert.match(end.output, /\n16384\n16385\n[^]*\n20000\nlast\n$/)
  })

  test('that is killed by a signal says so in its code', async () => {
    const end = value(await runUnit(get, { unit: `${prefix}kill`, script: 'echo a; kill -9 $$', timeoutMs }))
    assert.equal(ended(end).code, 137)
    const unit = `${prefix}kill-all`
    value(await startUnit(value(await get()), { unit, script: 'sleep 100', timeoutMs }))
    await sleep(500)
    await root(`systemctl kill --signal=KILL ${unit}`)
    assert.equal(ended(value(await awaitUnit(get, { unit, timeoutMs }))).code, 137)
  })

  test('that was never started is a problem', async () => {
    const end = await awaitUnit(get, { unit: `${prefix}never`, timeoutMs })
    assert.equal(end.ok ? '' : end.problems[0]?.code, 'host/unit-absent')
  })

  // Fault 9, hosts: work can not be recorded on its host. Outcome: it is not run.
  test('that can not be recorded is not run', async () => {
    const unit = `${prefix}blocked`
    await root(`mkdir -p /var/lib/upkeep/${unit}/started`)
    const work = { unit, script: 'touch /tmp/upkeep-blocked', timeoutMs }
    assert.equal(value(await runUnit(get, work)).state, 'unknown')
    assert.equal(await root('ls /tmp/upkeep-blocked 2>/dev/null || :'), '')
  })

  // Fault 5, hosts: a host goes down while work runs.
  // Outcome: its end is unknown, and it is not started again.
  test('whose host goes down has an unknown end, and is not started again', async () => {
    const unit = `${prefix}reboot`
    const work = {
      unit,
      script: 'echo begun; echo ran >>/var/tmp/upkeep-reboot; sleep 200',
      timeoutMs: 300_000,
    }
    await root('rm -f /var/tmp/upkeep-reboot')
    value(await startUnit(value(await get()), work))
    await sleep(1000)
    await value(await get()).run('systemctl reboot', { root: true, timeoutMs: 5000 })
    const end = value(await awaitUnit(get, { unit, timeoutMs: 120_000 }))
    assert.deepEqual(end, { state: 'unknown', why: 'the host was restarted while the unit was running' })
    assert.equal(value(await startUnit(value(await get()), work)), 'unknown')
    assert.equal(await root('cat /var/tmp/upkeep-reboot'), 'ran')
    await root('rm -f /var/tmp/upkeep-reboot')
  })
})
