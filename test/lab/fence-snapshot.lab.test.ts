import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Fence } from '../../connect/fence.ts'
import { hostPool, type HostPool } from '../../connect/pool.ts'
import { nspawnSnapshots } from '../../connect/snapshot/nspawn.ts'
import type { Result } from '../../schemas/problem.ts'
import { labTarget } from '../connect/lab-target.ts'
import { labReset } from '../../lab/reset.ts'
import { onHost } from './oa.ts'
import { labDir } from './upkeep.ts'

const host = 'oa-test'
const directory = join(labDir, 'fs')
const bootId = 'cat /proc/sys/kernel/random/boot_id'

function fenceOf(token: number, estate = 'fence-test'): Fence {
  return { estate, token, holder: `holder-${token}` }
}

function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : (result.problems[0]?.code ?? '')
}

describe('tokens and snapshots', () => {
  let pool: HostPool
  before(() => {
    pool = hostPool([labTarget(host)], { timeoutMs: 15_000 })
  })
  after(async () => {
    pool.closeAll()
    await labReset([host], labDir)
  })

  async function shown(fence: Fence): Promise<string> {
    for (let tries = 0; ; tries += 1) {
      const connected = await pool.get(host)
      const ran = connected.ok
        ? await connected.value.run(':', { root: true, fence, timeoutMs: 20_000 })
        : connected
      if (codeOf(ran) !== 'host/unreachable' || tries === 20) return codeOf(ran)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }

  // Fault 12, controllers: a host goes back to a snapshot from before a newer controller.
  // Outcome: it refuses the older one from its first answer on.
  test('a restored snapshot refuses whom the host refused before, from its first answer on, and after a reboot', async () => {
    const name = 'upkeep-fence-test'
    assert.equal(await shown(fenceOf(1)), 'ok')
    assert.equal(await shown(fenceOf(4, 'other')), 'ok')
    assert.equal(codeOf(await nspawnSnapshots({ directory }, fenceOf(1)).take(host, name)), 'ok')
    assert.equal(await shown(fenceOf(5)), 'ok')
    assert.equal(await shown(fenceOf(6, 'other')), 'ok')
    const later = nspawnSnapshots({ directory }, fenceOf(5))
    assert.equal(codeOf(await later.restore(host, name, 'once')), 'ok')
    pool.closeAll()
    pool = hostPool([labTarget(host)], { timeoutMs: 15_000 })
    assert.equal(await shown(fenceOf(4)), 'host/fenced')
    assert.equal(await shown(fenceOf(5)), 'ok')
    assert.equal(await shown(fenceOf(5, 'other')), 'host/fenced')
    for (const act of ['take', 'remove'] as const)
      assert.equal(codeOf(await nspawnSnapshots({ directory }, fenceOf(4))[act](host, name)), 'host/fenced')
    assert.deepEqual(await later.has(host, name), { ok: true, value: true })

    // The hypervisor has heard of nobody in this one's name, but the host has: it is asked before it is stopped.
    const before_ = await onHost(host, bootId)
    const taken = await nspawnSnapshots({ directory }, fenceOf(5, 'other')).restore(host, name, 'twice')
    assert.equal(codeOf(taken), 'host/fenced')
    assert.equal(await onHost(host, bootId), before_)
    assert.equal(codeOf(await later.remove(host, name)), 'ok')

    await onHost(host, 'systemctl reboot >/dev/null 2>&1 &')
    const deadline = Date.now() + 60_000
    let now = before_
    while (now === before_ && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      now = await onHost(host, bootId).catch(() => before_)
    }
    assert.notEqual(now, before_)
    pool.closeAll()
    pool = hostPool([labTarget(host)], { timeoutMs: 15_000 })
    assert.equal(await shown(fenceOf(4)), 'host/fenced')
  })
})
