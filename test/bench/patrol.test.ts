import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { patrolGoals } from '../../bench/case-patrol.ts'
import { verdictOf } from '../../bench/goal.ts'
import { inspected } from '../../bench/patrol-contenders.ts'
import { answersScript, patrolEstate, patrolScript } from '../../bench/patrol-estate.ts'
import { readEstate } from '../../core/estate/read.ts'
import { parseAnswer } from '../../playbooks/facts/answer.ts'

function directory(context: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-bench-test-'))
  context.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function standing(name: string, wall: number) {
  const of = (median: number) => ({ median, least: median, most: median })
  const figures = { wall: of(wall), processor: of(1), largestMb: of(100), togetherMb: of(1), hostSide: of(1) }
  return { name, runs: 1, failed: 0, ...figures }
}

describe('the case of an inspection', () => {
  test('has hosts that answer the script, however it comes, and do any other command', (context) => {
    const dir = directory(context)
    writeFileSync(join(dir, 'answers'), answersScript(dir))
    const said = (command: string, input = '') =>
      spawnSync('/bin/sh', [join(dir, 'answers')], {
        env: { ...process.env, SSH_ORIGINAL_COMMAND: command },
        input,
        encoding: 'utf8',
      }).stdout
    const answer = said('exec /bin/sh -s', 'exit 1')
    assert.ok(parseAnswer('x', answer.replace(/^.*\n/, ''), '').ok)
    assert.equal(said('echo 1'), '1\n')
  })

  test('gives each contender the script that Upkeep sends', async (context) => {
    const dir = directory(context)
    writeFileSync(join(dir, 'answers'), answersScript(dir))
    const script = await patrolScript()
    const ran = spawnSync('/bin/sh', [join(dir, 'answers')], {
      env: { ...process.env, SSH_ORIGINAL_COMMAND: script },
      encoding: 'utf8',
    })
    assert.match(ran.stdout, /^@end \d+$/m)
    assert.equal(spawnSync('/bin/sh', ['-n'], { input: script }).status, 0)
  })

  test('has an estate with all of its hosts', (context) => {
    const dir = directory(context)
    const hosts = [1, 2, 3].map((at) => ({ name: `wide-000${at}`, address: `127.0.1.${at}` }))
    const path = patrolEstate({ dir, hosts, port: 2222, user: 'root', key: '/k', knownHosts: '/h' })
    const read = readEstate(path, readFileSync(path, 'utf8'))
    assert.ok(read.ok, JSON.stringify(read))
    assert.equal(read.value.estate.systems['wide']?.hosts.length, 3)
  })

  test('counts hosts of which figures are there', () => {
    const host = (count: number) => ({ figures: Array.from({ length: count }, () => ({})) })
    assert.equal(inspected(JSON.stringify({ systems: [{ hosts: [host(60), host(0), host(31)] }] })), 2)
    assert.equal(inspected(''), 0)
  })

  test('has goals that a contender which did not run leaves open', () => {
    const found = ['floor: x', 'Upkeep', 'pyinfra, facts'].map((name, at) =>
      standing(name, [10, 11, 33][at] ?? 0),
    )
    const asked = { connections: 20, commands: 20 }
    const real = { hosts: 8, found, asked: { connections: 8, commands: 16 } }
    const goals = patrolGoals({ hosts: 20, found, asked }, { hosts: 2, found, asked: undefined }, real)
    assert.deepEqual(goals.map(verdictOf), [
      ...['met', 'met', 'met', 'not shown', 'met', 'met', 'met', 'MISSED'],
    ])
    const twice = patrolGoals(
      { hosts: 20, found, asked: { connections: 21, commands: 40 } },
      { hosts: 2, found, asked },
      { ...real, asked: undefined },
    )
    assert.deepEqual(twice.map(verdictOf).slice(4), ['MISSED', 'MISSED', 'not shown', 'not shown'])
  })
})
