import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { host } from './host.ts'

const nobody = 65_534
const swapping = readFileSync(new URL('swaps.py', import.meta.url), 'utf8')
// What a careless clean-up does: it looks at a path, and then deletes by that path.
const careless = `
import os, sys, time
for top, _, files in os.walk(sys.argv[1]):
    for name in files:
        path = os.path.join(top, name)
        try:
            if os.stat(path).st_mtime < time.time() - 3600:
                os.unlink(path)
        except OSError:
            pass
`

function attacked(h: ReturnType<typeof host>) {
  chmodSync(h.top, 0o755)
  const victim = join(h.top, 'victim')
  const own = join(h.where, 'own')
  for (let index = 0; index < 40; index++) h.file(`../victim/file${index}`, 'precious', 90_000)
  mkdirSync(own)
  chownSync(own, nobody, nobody)
  return { victim, own, left: () => readdirSync(victim).length }
}

async function attack(own: string, victim: string, swaps: number): Promise<ChildProcess> {
  const words = ['-c', swapping, own, victim, String(swaps), String(nobody)]
  const child = spawn('python3', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
  assert.equal(child.exitCode, null, 'the attacker is at work')
  return child
}

for (const way of ['put aside', 'deleted'] as const) {
  // Fault, clean up: another user swaps names for symbolic links, 100,000 times. Outcome: nothing outside of the rule is lost.
  test(`100,000 swaps of names by another user: what is ${way} is the rule's own`, async (t) => {
    const h = host(t)
    const { victim, own, left } = attacked(h)
    const attacker = await attack(own, victim, 100_000)
    let said = ''
    attacker.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const over = once(attacker, 'close')
    let taken = 0
    let met = 0
    for (let run = 0; attacker.exitCode === null; run++) {
      const row = h.clean({ regenerable: way === 'deleted' }, { id: `run-${run}` })
      assert.equal(row.refused, null)
      taken += row.takenFiles
      met += row.held.length
      assert.equal(left(), 40, `run ${run}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await over
    assert.match(said, /swaps \d{6}/)
    assert.ok(taken > 0, 'it did clean meanwhile')
    assert.ok(met > 0, 'it did meet the links')
    assert.equal(left(), 40)
  })
}

test('the same swaps make a clean-up by paths delete what is not its own: the attack is one', async (t) => {
  const h = host(t)
  const { victim, own, left } = attacked(h)
  const attacker = await attack(own, victim, 100_000_000)
  try {
    for (let run = 0; left() === 40; run++) {
      assert.ok(run < 500, 'no file was lost in 500 runs')
      spawnSync('python3', ['-c', careless, h.where])
    }
  } finally {
    attacker.kill('SIGKILL')
    await once(attacker, 'close')
  }
})
