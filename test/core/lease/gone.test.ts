import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSurelyGone } from '../../../core/lease/gone.ts'
import type { Holder } from '../../../core/lease/record.ts'

const here = {
  host: 'ops-1',
  pid: 200,
  bootId: 'boot-a',
  user: 'ada',
  machineId: 'machine-a',
  pidNamespace: 'pid:[1]',
  startTime: '2000',
}
const holder = { ...here, pid: 100, startTime: '1000' }

test('a holder is gone when its number is free or another process has it', () => {
  assert.equal(
    isSurelyGone(holder, here, () => null),
    true,
  )
  assert.equal(
    isSurelyGone(holder, here, () => '1500'),
    true,
  )
  assert.equal(
    isSurelyGone(holder, here, () => '1000'),
    false,
  )
  assert.equal(
    isSurelyGone(holder, here, () => undefined),
    false,
  )
})

test('of another machine, boot or process namespace, or of an old record, nobody here can say', () => {
  const others: readonly Partial<Holder>[] = [
    { host: 'ops-2' },
    { bootId: 'boot-b' },
    { machineId: 'machine-b' },
    { pidNamespace: 'pid:[2]' },
  ]
  for (const other of others)
    assert.equal(
      isSurelyGone({ ...holder, ...other }, here, () => null),
      false,
      JSON.stringify(other),
    )
  const old = { host: holder.host, pid: holder.pid, bootId: holder.bootId, user: holder.user }
  assert.equal(
    isSurelyGone(old, old, () => null),
    false,
  )
  assert.equal(
    isSurelyGone({ ...old, machineId: 'machine-a', pidNamespace: 'pid:[1]' }, here, () => null),
    false,
  )
  const silent = { ...holder, machineId: '' }
  assert.equal(
    isSurelyGone(silent, { ...here, machineId: '' }, () => null),
    false,
  )
})
