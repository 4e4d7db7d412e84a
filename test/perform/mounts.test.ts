import assert from 'node:assert/strict'
import test from 'node:test'
import { whyNotAsPlanned } from '../../playbooks/perform/check.ts'
import type { Ran } from '../../connect/remote.ts'
import type { HostPlan } from '../../schemas/plan.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import { performing, printed, simulatedHostWorld } from './world.ts'

/** Why a host that is as planned otherwise may not be begun, when this is what it says of its mounts. */
async function whyNot(said: string, outside: readonly string[] = []): Promise<readonly string[]> {
  const mounts = `@mounts ${Buffer.from(said).toString('base64')} 0\n@end 1\n`
  const run = (script: string): Result<Ran> =>
    printed(script.includes('section mounts') ? mounts : 'ii 1\nunfinished\nholds\n')
  const world = simulatedHostWorld({ run })
  const { planned } = performing(world, { kind: 'fresh' })
  const steps = planned.steps.map((step) =>
    step.action.kind === 'snapshot.take'
      ? { ...step, action: { ...step.action, outside: [...outside] } }
      : step,
  )
  return codes(await whyNotAsPlanned(world, { ...planned, steps }, 1000))
}

function codes(found: Awaited<ReturnType<typeof whyNotAsPlanned>>): readonly string[] {
  return (found.ok ? found.value : found.problems).map(({ code, found = '' }) => `${code} ${found}`.trim())
}

test('what was mounted since the plan was made refuses the host, unless the plan lets it stay out', async () => {
  assert.deepEqual(await whyNot('root btrfs /\n'), [])
  assert.deepEqual(await whyNot('root btrfs /\nother ext4 /srv/data\n'), [
    'snapshot/mount-outside /srv/data (ext4)',
  ])
  assert.deepEqual(await whyNot('root btrfs /\nother ext4 /srv/data\n', ['/srv/data']), [])
  assert.deepEqual(await whyNot('root btrfs /\nother ext4 /srv/data\n', ['/srv']), [
    'snapshot/mount-outside /srv/data (ext4)',
  ])
})

test('a host that does not say what is mounted is not begun', async () => {
  assert.match((await whyNot('who knows\n')).join(), /^fact\/unreadable/)
})

test('without a snapshot nobody asks what it would leave out', async () => {
  const world = simulatedHostWorld({ run: () => ok({ ...noAnswer, stdout: 'ii 1\nunfinished\nholds\n' }) })
  const { planned } = performing(world, { kind: 'fresh' })
  const steps = planned.steps.filter(({ action }) => action.kind !== 'snapshot.take')
  const without: HostPlan = { ...planned, steps }
  assert.deepEqual(codes(await whyNotAsPlanned(world, without, 1000)), [])
})

const noAnswer = { code: 0, stderr: '', truncated: false, lost: false }
