import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { labExec } from '../../lab/exec.ts'
import { labReset } from '../../lab/reset.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { freshPair, pair, portalEstate } from './oa.ts'
import { type OwnEstate, upkeep } from './upkeep.ts'

/** The journal's whole lines as they lie on the disk, without asking anybody to open it. */
async function onDisk(estate: OwnEstate): Promise<readonly Event[]> {
  const directory = join(estate.state, 'journal')
  const names = await readdir(directory).catch(() => [])
  const texts = names.filter((name) => name.endsWith('.jsonl')).sort()
  const segments = await Promise.all(texts.map((name) => readFile(join(directory, name), 'utf8')))
  const lines = segments.flatMap((text) => text.split('\n').slice(0, -1))
  return lines.map((line) => JSON.parse(line) as Event).filter((event) => !event.type.startsWith('journal.'))
}

describe('the smallest real rollout', () => {
  let estate: OwnEstate

  before(async () => {
    await freshPair()
    estate = await portalEstate()
  })

  after(async () => {
    await labReset([...pair])
    await estate.remove()
  })

  // Fault 1, controllers: the controller is killed with -9 around every effect.
  // Outcome: it ends as planned, and nothing is done twice.
  test('killed with -9 around every effect, it ends as planned and does nothing twice', async (t) => {
    const file = join(estate.state, 'plan.json')
    const planned = await upkeep(['patch', 'plan', '--system', 'oa', '--out', file], { estate: estate.path })
    assert.equal(planned.code, 0, planned.stderr)
    const plan = JSON.parse(await readFile(file, 'utf8')) as PatchPlan

    const announced = new Set<string>()
    const unrecorded = new Set<string>()
    const begin = ['patch', 'run', '--plan', file, '--reason', 'test']
    let words = begin
    let kill = 'before:1'
    let last = { code: null as number | null, stdout: '', stderr: '' }
    let runs = 0
    for (; runs < 400; runs += 1) {
      last = await upkeep(words, { estate: estate.path, env: { UPKEEP_KILL: kill } })
      const events = await onDisk(estate)
      words = events.length === 0 ? begin : ['resume']
      const ended = events.some((event) => event.type === 'rollout.ended')
      if (last.code !== null && last.code !== 0) break
      if (last.code === 0 && ended) break
      const end = events.at(-1)
      const { step } = (end?.data ?? {}) as { step?: string }
      const effect = `${end?.subject ?? 'all'} ${step ?? end?.type ?? ''}`
      if (events.length === 0) kill = 'after:1'
      else if (!/^(step|mail)\.started$|^backup\.asked$/.test(end?.type ?? '')) kill = 'after:2'
      else if (announced.has(effect) && kill === 'before:3') {
        unrecorded.add(effect)
        // Its outcome gets through this time, and the next event dies.
        kill = 'after:4'
      } else {
        announced.add(effect)
        kill = 'before:3'
      }
      if (last.code === 0) await new Promise((resolve) => setTimeout(resolve, 1100))
    }
    assert.equal(last.code, 0, `${last.stdout}\n${last.stderr}`)
    t.diagnostic(
      `${runs} controllers: killed after ${announced.size} announcements and before ${unrecorded.size} outcomes`,
    )

    const steps = plan.hosts.flatMap((host) => host.steps.map((step) => `${host.host} ${step.id}`))
    const effects = [...steps, 'before mail.started']
    assert.deepEqual(
      effects.filter((effect) => !announced.has(effect) || !unrecorded.has(effect)),
      [],
      'effects around which nobody was killed',
    )
    for (const { host, ring, packages } of plan.hosts) {
      const log = (await labExec(host, 'cat /var/log/dpkg.log')).stdout
      for (const change of packages) {
        const upgrade = ` upgrade ${change.name}:${change.architecture} ${change.fromVersion} ${change.to.version}`
        const upgrades = log.split('\n').filter((line) => line.endsWith(upgrade)).length
        assert.equal(upgrades, ring === 'test' ? 2 : 1, `${host}${upgrade}`)
        const version = await labExec(host, `dpkg-query -W -f '\${Version}' ${change.name}`)
        assert.equal(version.stdout, change.to.version)
      }
      const left = await labExec(
        host,
        'systemctl list-units --no-legend "upkeep-*"; ls /var/lib/upkeep/packages',
      )
      assert.equal(left.stdout, '', 'nothing of the rollout runs or lies there any more')
    }
    const verified = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(verified.code, 0, verified.stdout)
  })
})
