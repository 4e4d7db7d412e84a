import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { atEnd } from '../../bench/at-end.ts'
import { measured } from '../../bench/measured.ts'
import { killTree, processorOf, treeOf } from '../../bench/process-tree.ts'

const node = process.execPath
const burn = 'const end = process.cpuUsage().user + 400_000; while (process.cpuUsage().user < end);'

test('processor time of a program is that of all it started and waited for', async () => {
  const child = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(burn)}])`
  const ran = await measured(
    [node, '-e', `${child}; console.log('out'); console.error('err')`],
    atEnd(() => {}),
  )
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, 'out\n', 'err\n'])
  assert.ok(ran.processor >= 0.4, `${ran.processor} s of processor time`)
  assert.ok(ran.wall >= 0.4, `${ran.wall} s`)
})

test('memory of a program is seen, and its exit code is a value', async () => {
  const hold = 'globalThis.held = Buffer.alloc(150e6, 1); setTimeout(() => process.exit(3), 900)'
  const ran = await measured(
    [node, '-e', hold],
    atEnd(() => {}),
  )
  assert.equal(ran.code, 3)
  assert.ok(ran.largest > 150e6 && ran.largest < 400e6, `${ran.largest}`)
  assert.ok(ran.together > 150e6 && ran.together < 400e6, `${ran.together}`)
})

test('what is measured is ended with the bench, with all that it started, a session of its own or not', async () => {
  const end = atEnd(() => {})
  const running = measured(['sh', '-c', 'setsid sleep 300 & sleep 300; :'], end)
  const own = () => treeOf(process.pid).filter((pid) => pid !== process.pid)
  for (let tries = 0; own().length < 4 && tries < 100; tries += 1) await sleep(20)
  const pids = own()
  assert.ok(pids.length >= 4, pids.join(' '))
  await end.run()
  const ran = await running
  assert.notEqual(ran.code, 0)
  for (let tries = 0; pids.some((pid) => existsSync(`/proc/${pid}`)) && tries < 100; tries += 1)
    await sleep(20)
  assert.deepEqual(
    pids.filter((pid) => existsSync(`/proc/${pid}`)),
    [],
  )
})

test('a tree is ended from its root, and what has gone already is no trouble', async () => {
  const child = spawn('sh', ['-c', 'sleep 300 & sleep 300'], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  killTree(child.pid ?? 0)
  assert.deepEqual((await ended)[1], 'SIGKILL')
  killTree(child.pid ?? 0)
})

test('processor time is read behind a name that holds anything', () => {
  const stat = '7 (a) 1 2 b) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 230 20 20 0 1'
  assert.deepEqual(processorOf(stat), { own: 2, children: 2.5 })
})

test('the last thing started is stopped first, once, whatever fails', async () => {
  const said: string[] = []
  const end = atEnd((line) => said.push(line))
  end.add(() => said.push('first'))
  end.add(() => {
    throw new Error('no')
  })
  end.add(async () => void said.push('last'))
  await end.run()
  await end.run()
  assert.deepEqual(said, ['last', 'not put back: Error: no', 'first'])
})
