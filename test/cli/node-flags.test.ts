import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { nodeFlags } from '../../playbooks/node-flags.ts'
import { directory, upkeep } from './upkeep.ts'

const entry = join(import.meta.dirname, '../../playbooks/upkeep.js')

test('the command of a person and those of timers are started with the same words for Node', (context) => {
  const [first = ''] = readFileSync(entry, 'utf8').split('\n')
  assert.equal(first, `#!/usr/bin/env -S node ${nodeFlags.join(' ')}`)
  const { out, err } = upkeep(['schedule', 'show', '--units'], { cwd: directory(context, true) })
  const words = [...nodeFlags, entry, 'patrol'].map((word) => `"${word}"`)
  assert.ok(out.includes(` ${words.join(' ')} `), out + err)
})

test('what was made lately never takes more than 24 MB, however much is made at once', () => {
  // Some of it lives on for a while, as answers of hosts do; else it would not be given more room.
  const load = `import { getHeapSpaceStatistics } from 'node:v8'
    let [most, alive] = [0, []]
    for (let made = 0; made < 1e6; made += 1) {
      alive.push({ made, text: 'x' + made })
      if (alive.length > 60_000) alive = alive.slice(30_000)
      if (made % 20_000 === 0)
        most = Math.max(most, getHeapSpaceStatistics().find((one) => one.space_name === 'new_space').space_size)
    }
    console.log(most)`
  const words = [...nodeFlags, '--input-type=module', '-e', load]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  assert.ok(Number(stdout) > 0 && Number(stdout) <= 24 << 20, stdout + stderr)
})
