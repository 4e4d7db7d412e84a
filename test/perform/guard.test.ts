import assert from 'node:assert/strict'
import test from 'node:test'
import type { Host } from '../../connect/remote.ts'
import { perform } from '../../playbooks/perform/perform.ts'
import type { Step } from '../../schemas/plan.ts'
import { fail, ok, type Problem } from '../../schemas/problem.ts'
import { performing, printed, simulatedHostWorld } from './world.ts'

const script = { kind: 'script' as const, script: 'true', args: [] }
const end = 'boot=b\nstarted=b i\nexit=exited 0 success\ntail=\nstate=ended\n'
const [unitEnd, startedAndEnded] = [printed(end), printed(`start=started\n${end}`)]

/** A step under a guard, on a host whose new logins answer these words in turn, the last one for ever. */
async function guarded(o: {
  readonly armed?: string
  readonly logins: readonly (string | Problem)[]
  readonly change?: Partial<Step>
}) {
  const scripts: string[] = []
  let logins = 0
  let closed = 0
  const world = simulatedHostWorld({
    run(text) {
      if (text.includes('Arms the guard')) return printed(`${o.armed ?? 'armed'}\n`)
      if (!text.includes('systemd-run')) return unitEnd
      scripts.push('start')
      return startedAndEnded
    },
    change: {
      login: async () => {
        const said = o.logins[Math.min(logins++, o.logins.length - 1)] ?? ''
        if (typeof said !== 'string') return fail(said)
        const run = async () => printed(said)
        return ok({ name: 't', run, close: () => void (closed += 1) } as unknown as Host)
      },
    },
  })
  const { planned, step, context } = performing(world, script)
  const end = await perform(world, planned, { ...step, confirmWithinMs: 5000, ...o.change }, context)
  return { end, started: scripts.length > 0, logins, left: logins - closed, passedMs: world.now() }
}

const unreachable = { code: 'host/unreachable', what: 'No way.' }
const keyChanged = { code: 'host/key-changed', what: 'The key is another one.' }

test('a step is done once a new login has confirmed it, however often that has to be tried', async () => {
  const once = await guarded({ logins: ['confirmed\n'] })
  assert.deepEqual([once.end.outcome, once.logins, once.left, once.started], ['done', 1, 0, true])
  const later = await guarded({ logins: [unreachable, unreachable, 'confirmed\n'] })
  assert.deepEqual([later.end.outcome, later.logins], ['done', 3])
})

// Fault 14, links: a host has another key after a step that can cut access.
// Outcome: nothing is confirmed; the step has failed when the host went back.
test('a login with another host key confirms nothing: the step has failed when the host went back', async () => {
  const report = 'went-back\n2026-11-25T00:00:00Z\n0\nthe old packages and /etc are back\nrestarted ssh\n'
  const { end } = await guarded({ logins: [keyChanged, keyChanged, 'going-back\n', report] })
  assert.equal(end.outcome, 'failed')
  assert.equal(end.problem?.code, 'host/went-back')
  assert.match(end.said, /2026-11-25T00:00:00Z; the old packages and \/etc are back; restarted ssh/)
})

// Fault 6, links: a host can not be reached after a step that can cut access.
// Outcome: unknown in the end: not asked for ever, and not done.
test('a host that can not be reached any more is unknown in the end, not for ever asked and not done', async () => {
  const { end, passedMs } = await guarded({ logins: [unreachable] })
  assert.equal(end.outcome, 'unknown')
  assert.ok(passedMs < 120_000, String(passedMs))
})

test('what went back before a controller came again is not begun anew', async () => {
  const { end, started } = await guarded({ armed: 'fired', logins: ['went-back\nt\n0\nback\n'] })
  assert.deepEqual([end.outcome, end.problem?.code, started], ['failed', 'host/went-back', false])
})

test('nobody is asked for a password again and again', async () => {
  const refused = { code: 'host/sudo-refused', what: 'No.' }
  const { logins } = await guarded({ logins: [refused], change: { limitMs: 1000 } })
  assert.ok(logins <= 6, String(logins))
})

test('a step is not guarded by a way back that is not there: that would tell of a host that went back', async () => {
  const asked: string[] = []
  const world = simulatedHostWorld({
    run(text) {
      asked.push(text)
      return printed('armed\n')
    },
  })
  const { planned, step, context } = performing(world, script)
  const without = { ...planned, back: { ...planned.back, packages: [] } }
  await assert.rejects(
    async () => perform(world, without, { ...step, confirmWithinMs: 5000 }, context),
    /no way back to guard it/,
  )
  assert.deepEqual(asked, [], 'nothing is armed, and nothing begun')
})
