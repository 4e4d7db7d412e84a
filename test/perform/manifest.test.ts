import assert from 'node:assert/strict'
import test from 'node:test'
import { newRollout } from '../../core/run/state.ts'
import { perform } from '../../playbooks/perform/perform.ts'
import { ok } from '../../schemas/problem.ts'
import { performing, simulatedHostWorld } from './world.ts'

/** Which recorded manifests a host is held against, where these were taken. */
async function heldAgainst(...taken: readonly string[]): Promise<readonly string[]> {
  const asked: string[] = []
  const world = simulatedHostWorld({})
  const files = {
    ...world.files,
    async getText(digest: string) {
      asked.push(digest)
      return ok('{}')
    },
  }
  const of = performing({ ...world, files }, { kind: 'manifest.compare' })
  const fresh = newRollout(world.plan)
  const t = fresh.hosts['t'] ?? assert.fail()
  const ended = Object.fromEntries(
    taken.map((step) => [step, { outcome: 'done', ms: 1, said: '', facts: { manifest: step } } as const]),
  )
  const state = { ...fresh, hosts: { t: { ...t, ended } } }
  await perform(of.world, of.planned, of.step, { ...of.context, state })
  return asked
}

test('after the old packages came back late, what others changed since is known from two more manifests', async () => {
  const all = ['manifest.take', 'manifest.take-patched', 'manifest.take-found'] as const
  assert.deepEqual(await heldAgainst(...all), all)
})

test('after its snapshot came back late, a host is held against what it was before, and nothing else', async () => {
  assert.deepEqual(await heldAgainst('manifest.take', 'manifest.take-patched'), ['manifest.take'])
})
