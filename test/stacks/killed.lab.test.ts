import assert from 'node:assert/strict'
import { kill } from 'node:process'
import { after, before, describe, test } from 'node:test'
import { ListUsersCommand } from '@aws-sdk/client-iam'
import { ListKeysCommand } from '@aws-sdk/client-kms'
import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { lockOf } from '../../stacks/interrupted.ts'
import { startUpkeep } from '../lab/upkeep.ts'
import { byHand } from '../stand-in/cloud.ts'
import { type Rehearsal, rehearsal } from './rehearsal.ts'

describe("an up that is killed half way, on the real engine with the lab's stand-in and moto", () => {
  let lab: Rehearsal
  before(async () => {
    lab = await rehearsal()
  })
  after(() => lab.end())

  let said = ''
  for (const [when, after] of [
    ['at the first key', /create {3}aws:kms\/key:Key/],
    ['at the first user', /create {3}aws:iam\/user:User/],
  ] as const) {
    test(`kill -9 of Upkeep and of the engine ${when}`, async () => {
      const running = startUpkeep(['stack', 'up', '--stack', 'backup'], { estate: lab.estate })
      assert.ok(await running.says(after), running.said())
      const lock = lockOf({ stack: 'backup', env: { PULUMI_BACKEND_URL: `file://${lab.state}` } })
      assert.ok(lock, 'the engine holds the lock')
      kill(lock.pid, 'SIGKILL')
      running.kill('SIGKILL')
      await running.ended
      said += running.said()
    })
  }

  test('the next up takes the lock away, finishes, and then nothing is left to do', async () => {
    const finished = await lab.stack('up')
    assert.equal(finished.code, 0, finished.text)
    said += finished.text
    assert.match(finished.text, /an engine was killed here \(process \d+\): its lock is taken away/)
    const again = await lab.stack('up')
    assert.deepEqual([again.code, again.changes], [0, []], again.text)
    const { s3, iam, kms } = byHand({ url: lab.cloud().url, key: lab.cloud() })
    assert.equal((await s3.send(new ListBucketsCommand({}))).Buckets?.length, 4)
    assert.equal((await iam.send(new ListUsersCommand({}))).Users?.length, 3)
    // A key has no name: one that was being made may stand twice, and is told then.
    const { Keys = [] } = await kms.send(new ListKeysCommand({}))
    const told = said.match(/may have been made .*kms\/key/g) ?? []
    assert.ok(Keys.length >= 2 && Keys.length <= 2 + told.length, `${Keys.length} keys, ${told.length} told`)
  })
})
