import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { quote } from '../../connect/quote.ts'
import { wallClock } from '../../core/gate/wall-clock.ts'
import { labEstate } from '../../lab/estate.ts'
import { labPaths } from '../../lab/layout.ts'
import { labReset } from '../../lab/reset.ts'
import type { Estate } from '../../schemas/estate.ts'
import type { Schedules } from '../../schemas/schedule.ts'
import { weekdays } from '../../schemas/weekdays.ts'
import { onlyDocument } from '../cli/document.ts'
import { estateFile, makeController, place, upkeepOn } from './controller-host.ts'
import { onHost } from './oa.ts'
import { labDir } from './upkeep.ts'

const controller = 'ops'
const testHost = 'erp-test-web'
const production = 'erp-app1'
const name = 'lab-schedule'
const units = '/etc/systemd/system'
const exports = '/srv/exports'
const metrics = '/srv/textfile'
const aged = `mkdir -p ${exports} && echo old >${exports}/old.csv && touch -d '40 days ago' ${exports}/old.csv`

// A zone in which it is not near midnight, so that a time that comes soon is still one of today.
const timeZone = ['Asia/Shanghai', 'Europe/Berlin'].find((zone) => {
  const hour = new Date(wallClock(Date.now(), zone)).getUTCHours()
  return hour < 23
})

/** A recurring time that is due in so many seconds, and the instant of it. */
function soon(seconds: number) {
  assert.ok(timeZone)
  const dueMs = Math.ceil(Date.now() / 1000 + seconds) * 1000
  const times = [new Date(wallClock(dueMs, timeZone)).toISOString().slice(11, 19)]
  return { dueMs, recurring: { days: [...weekdays], times, timeZone } }
}

/** Writes the estate of the controller on its host: two systems of the lab, and what timers start. */
async function writeEstate(schedule: Schedules): Promise<void> {
  const estate = parse(labEstate(labDir)) as Estate
  const { erp, oa } = estate.systems
  assert.ok(erp && oa)
  erp.hosts = Object.fromEntries(
    Object.entries(erp.hosts).filter(([host]) => host === testHost || host === production),
  )
  erp.roles = { app: {}, balancer: {} }
  for (const key of ['probes', 'backup', 'databases', 'snapshot'] as const) {
    delete erp[key]
    delete oa[key]
  }
  erp.cleanup = {
    rules: {
      exports: { where: [exports], what: ['**/*.csv'], olderThan: '30d', ageBy: 'mtime', roles: ['app'] },
    },
  }
  for (const system of [erp, oa]) system.patch = { snapshots: 'go-without' }
  delete estate.jumpHosts
  Object.assign(estate, {
    name,
    state: './state',
    knownHosts: './known_hosts',
    schedule: { metrics, ...schedule },
  })
  estate.connection = { ...estate.connection, key: './keys/upkeep' }
  await writeFile(join(labPaths(labDir).hosts, controller, estateFile), stringify(estate))
}

/** What the host has of systemd units and what systemd keeps of them, with times: nothing else may differ afterwards. */
function unitFiles(): Promise<string> {
  return onHost(
    controller,
    `find ${units} /var/lib/systemd/timers \\( -type f -o -type l \\) -printf '%p %l %T@ %m\\n' | sort
     systemctl list-units --all --no-legend --plain 'upkeep_*' | awk '{print $1}' | sort`,
  )
}

async function property(unit: string, key: string): Promise<string> {
  return (await onHost(controller, `systemctl show --timestamp=unix -P ${key} ${quote(unit)}`)).trim()
}

/** Waits until a unit of one run has been started since and has ended, and says how. */
async function ended(unit: string, sinceMs: number): Promise<{ result: string; startedMs: number }> {
  for (const until = Date.now() + 120_000; Date.now() < until;) {
    const startedMs = Number((await property(unit, 'ExecMainStartTimestamp')).replace('@', '')) * 1000
    const state = await property(unit, 'ActiveState')
    if (startedMs >= sinceMs && (state === 'inactive' || state === 'failed')) {
      const firstMs = Number((await property(unit, 'InactiveExitTimestamp')).replace('@', '')) * 1000
      return { result: await property(unit, 'Result'), startedMs: firstMs }
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  assert.fail(
    `${unit} was not started: ${await onHost(controller, `systemctl list-timers --all 'upkeep_*'`)}`,
  )
}

function saidBy(unit: string): Promise<string> {
  return onHost(controller, `journalctl --sync; journalctl -o cat -u ${quote(unit)}`)
}

describe('timers on a host that is the controller', () => {
  let before_: string

  before(async () => {
    await labReset([controller, testHost, production])
    await makeController(controller)
    await onHost(controller, `mkdir -p ${metrics}`)
    for (const host of [testHost, production]) await onHost(host, aged)
    // Units of others, one of them of another estate; and a person's own setting for one of ours.
    await onHost(
      controller,
      `printf '[Timer]\\nOnCalendar=yearly\\n[Install]\\nWantedBy=timers.target\\n' >${units}/upkeep_other_resume.timer
       printf '[Service]\\nType=oneshot\\nExecStart=/bin/true\\n' >${units}/upkeep_other_resume.service
       systemctl daemon-reload && systemctl enable --now upkeep_other_resume.timer`,
    )
    before_ = await unitFiles()
  })
  after(() => labReset([controller, testHost, production]))

  // Fault, people: who installs timers is not root, or a unit of the same name is another's. Outcome: refused, nothing written.
  test('without root, and over a unit of somebody else, nothing is installed', async () => {
    await writeEstate({ resume: { every: '1h' } })
    const user = await upkeepOn(controller, ['schedule', 'install'], 'upkeep')
    assert.equal(user.code, 4, user.stdout + user.stderr)
    assert.match(user.stderr, /schedule\/no-root/)
    const taken = `${units}/upkeep_${name}_resume.service`
    await onHost(controller, `echo '[Service]' >${taken}`)
    for (const verb of [['install'], ['install', '--dry-run'], ['show']]) {
      const refused = await upkeepOn(controller, ['schedule', ...verb])
      assert.equal(refused.code, 4, refused.stdout + refused.stderr)
      assert.ok(
        refused.stderr.includes(taken) && refused.stderr.includes('schedule/not-ours'),
        refused.stderr,
      )
    }
    assert.equal(await onHost(controller, `cat ${taken} && rm ${taken}`), '[Service]\n')
    assert.equal(await unitFiles(), before_)
  })

  test('inspections and resume really start when they are due, and what they found is kept', async () => {
    const { dueMs, recurring } = soon(25)
    await writeEstate({
      spread: '6s',
      patrol: { core: recurring, office: recurring },
      cleanup: { core: { off: true } },
      resume: { every: '10s' },
    })
    const installed = await upkeepOn(controller, ['schedule', 'install'])
    assert.equal(installed.code, 0, installed.stdout + installed.stderr)
    assert.equal(installed.stdout.match(/^wrote /gm)?.length, 6, installed.stdout)
    assert.ok(Date.now() < dueMs, 'the machine is too slow for this test')
    const first = await unitFiles()
    const again = await upkeepOn(controller, ['schedule', 'install'])
    assert.deepEqual([again.code, again.stdout.split('\n')[0]], [0, 'Nothing to change.'], again.stderr)
    assert.equal(await unitFiles(), first, 'a second time nothing is written')

    for (const [index, system] of ['erp', 'oa'].entries()) {
      const unit = `upkeep_${name}_patrol_${system}.service`
      const { result, startedMs } = await ended(unit, dueMs)
      const lateMs = startedMs - dueMs - index * 3000
      assert.ok(lateMs >= 0 && lateMs <= 2000, `${system} started ${lateMs} ms late`)
      const said = await saidBy(unit)
      assert.equal(result, 'success', said)
      assert.match(said, /^Inspection of /m)
      const kept = await onHost(controller, `cat ${quote(`${place}/state/patrol/${system}.json`)}`)
      const { time } = JSON.parse(kept) as { time: string }
      assert.ok(Date.parse(time) >= dueMs, kept.slice(0, 300))
    }
    const left = await onHost(controller, `cd ${metrics} && grep -c '{estate="${name}",' *`)
    assert.match(
      left,
      /^upkeep-patrol-lab-schedule_erp\.prom:\d+\nupkeep-patrol-lab-schedule_oa\.prom:\d+\n$/,
    )
    const reports = `cd /srv/mail && grep -rlF health-${name}- . | cut -d/ -f2 | sort -u`
    const boxes = (await onHost(controller, reports)).trim().split('\n')
    for (const owner of ['owner', 'ops']) assert.ok(boxes.includes(owner), boxes.join())
    const resumed = (await saidBy(`upkeep_${name}_resume.service`)).match(/^Nothing to resume/gm)
    assert.ok((resumed?.length ?? 0) >= 2, 'resume was started again and again')
  })

  test('schedule show says the next starts as systemd has them', async () => {
    const shown = await upkeepOn(controller, ['schedule', 'show', '--json'])
    assert.equal(shown.code, 0, shown.stderr)
    const found = onlyDocument(shown.stdout)
    assert.equal(found['changed'], false)
    const timers = found['timers'] as { timer: string; work: string; next: string[] }[]
    for (const { timer, work, next } of timers.filter((one) => one.work === 'patrol')) {
      const said = await onHost(controller, `TZ=UTC systemctl show -P NextElapseUSecRealtime ${quote(timer)}`)
      assert.equal(Date.parse(said.trim()), Date.parse(next[0] ?? ''), `${work} ${timer}: ${said}`)
    }
    await onHost(controller, `systemctl stop upkeep_${name}_resume.timer`)
    const stopped = await upkeepOn(controller, ['schedule', 'show'])
    assert.match(stopped.stdout, /_resume\.timer\n {2}installed, but not running/)
    const mended = await upkeepOn(controller, ['schedule', 'install'])
    assert.match(mended.stdout, new RegExp(`^started ${units}/upkeep_${name}_resume\\.timer$`, 'm'))
  })

  test('a changed estate: what it has no longer goes, the rest moves; a clean-up is planned and run', async () => {
    const { dueMs, recurring } = soon(15)
    await writeEstate({ spread: '0s', cleanup: { core: recurring }, resume: { off: true } })
    const moved = await upkeepOn(controller, ['schedule', 'install'])
    assert.equal(moved.code, 0, moved.stdout + moved.stderr)
    const lines = (did: string) =>
      moved.stdout
        .match(new RegExp(`^${did} .*_.*_(.*_?.*\\..*)$`, 'gm'))
        ?.map((line) => line.split(`${name}_`)[1])
    assert.deepEqual(lines('removed'), ['resume.service', 'resume.timer'])
    assert.deepEqual(lines('wrote'), ['cleanup_erp.service', 'cleanup_erp.timer'])
    assert.deepEqual(lines('changed'), ['patrol_erp.timer', 'patrol_oa.timer'])
    assert.ok(Date.now() < dueMs, 'the machine is too slow for this test')

    const unit = `upkeep_${name}_cleanup_erp.service`
    const { result } = await ended(unit, dueMs)
    const said = await saidBy(unit)
    // A new rule: test hosts are cleaned up, and production waits for a person.
    assert.equal(result, 'exit-code', said)
    assert.equal(await property(unit, 'ExecMainStatus'), '4', said)
    assert.match(said, /gate\/cleanup-first-run/)
    assert.equal(await onHost(testHost, `ls ${exports}`), '')
    assert.equal(await onHost(production, `ls ${exports}`), 'old.csv\n')
    const plan = `${place}/state/schedule/cleanup-erp.json`
    const words = ['cleanup', 'run', '--plan', plan, '--approve', 'exports', '--reason', 'looked at it']
    const approved = await upkeepOn(controller, words)
    assert.equal(approved.code, 0, approved.stdout + approved.stderr)
    assert.equal(await onHost(production, `ls ${exports}`), '')
    const journal = await upkeepOn(controller, ['journal', 'show'])
    assert.match(journal.stdout, /on schedule/)
  })

  test('remove leaves nothing of it, and all that others have', async () => {
    const dry = await upkeepOn(controller, ['schedule', 'remove', '--dry-run'])
    assert.match(dry.stdout, /Nothing was changed/)
    const removed = await upkeepOn(controller, ['schedule', 'remove'])
    assert.equal(removed.code, 0, removed.stdout + removed.stderr)
    assert.equal(removed.stdout.match(/^removed /gm)?.length, 6)
    assert.equal(await unitFiles(), before_)
    const again = await upkeepOn(controller, ['schedule', 'remove'])
    assert.deepEqual([again.code, again.stdout], [0, 'Nothing to change.\n'], again.stderr)
    assert.equal(await onHost(controller, `systemctl is-active upkeep_other_resume.timer`), 'active\n')
  })
})
