import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'
import { isSurelyGone } from '../../core/lease/gone.ts'
import { startTimeOf, thisHolder } from '../../playbooks/rollout/holder.ts'

const holder = (pid: number) => thisHolder({ machine: 'ops-1', user: 'ada', pid })

test('a process that lives is seen, and seen to be gone when it is killed', async () => {
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const there = holder(child.pid ?? 0)
  assert.match(there.startTime ?? '', /^\d+$/)
  assert.match(there.pidNamespace ?? '', /^pid:\[\d+\]$/)
  assert.equal(isSurelyGone(there, holder(process.pid), startTimeOf), false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(startTimeOf(child.pid ?? 0), null)
  const id = { machineId: 'm' }
  assert.equal(isSurelyGone({ ...there, ...id }, { ...holder(process.pid), ...id }, startTimeOf), true)
})

test('brackets and spaces in the name of a program do not shift its start time', async () => {
  const child = spawn(process.execPath, [
    '-e',
    `process.title = 'a) b (c'; console.log(1); setInterval(() => {}, 1e6)`,
  ])
  await once(child.stdout, 'data')
  const [start, own] = [startTimeOf(child.pid ?? 0), startTimeOf(process.pid)]
  child.kill('SIGKILL')
  assert.ok(Number(start) >= Number(own), `${start} ${own}`)
})
