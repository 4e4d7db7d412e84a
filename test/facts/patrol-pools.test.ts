import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Parts, seen } from './patrol-answer.ts'

const bare = { 'thin-pools': '', 'zfs-pools': '', 'btrfs-pools': '' }
const pools = (changed: Parts) => [
  ...seen({ ...bare, ...changed }, 'poolHealth'),
  ...seen({ ...bare, ...changed }, 'poolFree'),
]

describe('pools of storage that df does not see into', () => {
  test('a thin pool has data and metadata, and each may be full', () => {
    const said =
      'vg-pool-tpool: 0 204800 thin-pool 1 950/1000 300/1000 - rw discard_passdown queue_if_no_space - 1024\n'
    assert.deepEqual(pools({ 'thin-pools': said }), ['vg-pool=0', 'vg-pool data=70', 'vg-pool metadata=5'])
  })

  test('a thin pool that takes no byte more, or failed, is told', () => {
    const full =
      'p: 0 8 thin-pool 1 1/10 10/10 - out_of_data_space discard_passdown error_if_no_space - 1024\n'
    assert.deepEqual(pools({ 'thin-pools': full }), ['p=2', 'p data=0', 'p metadata=90'])
    assert.deepEqual(pools({ 'thin-pools': 'p: 0 8 thin-pool Fail\n' }), ['p=2'])
  })

  test('a ZFS pool has room and health', () => {
    const said = 'tank\t85\tONLINE\nold pool\t10\tDEGRADED\nbad\t-\tSUSPENDED\n'
    assert.deepEqual(pools({ 'zfs-pools': said }), [
      'tank=0',
      'old pool=1',
      'bad=2',
      'tank=15',
      'old pool=90',
      'bad=unknown',
    ])
  })

  test('metadata of btrfs has the room that is given to it, and its share of what is not given yet', () => {
    const id = '0f5b8a1c-93f1-48d3-bfbf-74426eaa229a'
    const row = (given: number, used: number, label: string) =>
      `${id} 1000 ${given} 200 100 ${used} ${label}\n`
    assert.deepEqual(pools({ 'btrfs-pools': row(1000, 95, 'data disk') }), ['btrfs data disk metadata=5'])
    assert.deepEqual(pools({ 'btrfs-pools': row(800, 95, '-') }), ['btrfs 0f5b8a1c metadata=52.5'])
  })

  test('are the machine’s in a container, and unknown where a tool hangs', () => {
    assert.deepEqual(seen({ container: 'lxc\n' }, 'poolFree'), [])
    for (const part of ['thin-pools', 'zfs-pools', 'btrfs-pools'])
      assert.deepEqual(pools({ [part]: { code: 124, text: '' } }), ['=unknown'])
  })
})
