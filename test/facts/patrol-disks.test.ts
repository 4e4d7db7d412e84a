import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { blocks, df, look, type Parts, seen } from './patrol-answer.ts'

describe('disks', () => {
  test('free is what a service can have, not what df calls unused: blocks reserved for root are neither', () => {
    // df says 23 % used; of 1,000 only 720 can be had.
    assert.deepEqual(seen({ disks: df(['/dev/sda1', 'ext4', 1000, 215, 720, '/']) }, 'diskFree'), ['/=72'])
  })

  test('full by design, in memory, read-only, a container’s inside or seen twice is no disk', () => {
    const disks = df(
      ['/dev/loop3', 'squashfs', 100, 100, 0, '/snap/core/1'],
      ['/dev/loop4', 'ext4', 100, 100, 0, '/var/lib/snapd/snap/x/1'],
      ['tmpfs', 'tmpfs', 100, 100, 0, '/run'],
      ['/dev/sr0', 'iso9660', 100, 100, 0, '/media/cd'],
      ['overlay', 'overlay', 100, 50, 50, '/var/lib/docker/overlay2/x/merged'],
      ['/dev/sdb1', 'ext4', 100, 100, 0, '/mnt/old disk'],
      ['/dev/sda1', 'ext4', 1000, 300, 650, '/srv/bind'],
      ['/dev/sda1', 'ext4', 1000, 300, 650, '/'],
      ['/dev/mapper/vg data', 'xfs', 1000, 700, 300, '/srv/with space'],
    )
    const changed = { disks, mounts: 'ro ext4 /mnt/old\\040disk\nrw ext4 /\nro proc /proc/x\n' }
    assert.deepEqual(seen(changed, 'diskFree'), ['/=65', '/srv/with space=30'])
  })

  test('the root of a container may be an overlay', () => {
    assert.deepEqual(seen({ disks: df(['overlay', 'overlay', 100, 50, 40, '/']) }, 'diskFree'), ['/=40'])
  })

  test('btrfs and vfat have no number of inodes, and that divides nothing', () => {
    const inodes = `${df(['/dev/sda2', 'vfat', 0, 0, 0, '/boot/efi'], ['/dev/sda1', 'ext4', 100, 99, 1, '/'])}/dev/sdb btrfs 0 0 0 - /srv\n/dev/sdc btrfs - - - - /data\n`
    assert.deepEqual(seen({ inodes }, 'inodesFree'), ['/=1'])
    assert.deepEqual(seen({ inodes: df(['/dev/sda', 'btrfs', 0, 0, 0, '/']) }, 'inodesFree'), [])
  })

  test('a df that hangs, or fails for one file system, leaves what it said and an unknown', () => {
    const text = df(['/dev/sda1', 'ext4', 1000, 900, 50, '/'])
    for (const code of [1, 124, 137])
      assert.deepEqual(seen({ disks: { code, text } }, 'diskFree'), ['/=5', '=unknown'])
    assert.deepEqual(seen({ disks: { code: 124, text: '' } }, 'diskFree'), ['=unknown'])
    // The rest is as good as ever.
    assert.deepEqual(seen({ disks: { code: 124, text: '' } }, 'inodesFree'), ['/=90'])
  })

  test('a host without any is one that was not understood', () => {
    assert.deepEqual(seen({ disks: df() }, 'diskFree'), ['=unknown'])
    assert.deepEqual(seen({ disks: df(['tmpfs', 'tmpfs', 9, 9, 0, '/run']) }, 'diskFree'), ['=unknown'])
  })

  test('a memory file system counts when the estate names it, and is unknown when nothing is mounted there', () => {
    const wanted = { memoryFileSystems: ['/dev/shm', '/run/not'] }
    const memory = `${df(['tmpfs', 'tmpfs', 100, 95, 5, '/dev/shm'])}${df(['/dev/sda1', 'ext4', 100, 5, 95, '/'])}`
    assert.deepEqual(seen({ 'in-memory': memory }, 'memoryFileSystemFree', wanted), [
      '/dev/shm=5',
      '/run/not=unknown',
    ])
    assert.deepEqual(seen({}, 'memoryFileSystemFree', wanted), ['/dev/shm=unknown', '/run/not=unknown'])
  })

  test('a busy disk is held against how long it takes, an idle one is not, however slow its one write was', () => {
    const calm = (changed: Parts) =>
      look(changed).figures.map((one) => one.item === 'diskAwait' && one.state === 'seen' && one.calm)
    const slow = { 'blocks-last': blocks('sda', 110, 1500, 200) }
    assert.deepEqual(seen(slow, 'diskAwait'), ['sda=100'])
    assert.ok(calm(slow).includes(true))
    const busy = { 'blocks-last': blocks('sda', 110, 1500, 2050) }
    assert.deepEqual(seen(busy, 'diskAwait'), ['sda=100'])
    assert.ok(!calm(busy).includes(true))
  })

  // Fault, hosts: a disk takes requests and answers none.
  // Outcome: it is critical, and not calm for having completed nothing.
  test('a disk that takes requests and answers none hangs, also on a kernel that calls it idle', () => {
    const hangs = { 'blocks-first': blocks('sda', 9, 9, 9, 3), 'blocks-last': blocks('sda', 9, 9, 9, 2) }
    assert.deepEqual(seen(hangs, 'diskAwait'), ['sda=2000'])
    const [figure] = look(hangs).figures.filter(({ item }) => item === 'diskAwait')
    assert.ok(
      figure?.state === 'seen' && figure.calm !== true && figure.said === '2 in flight, none came back',
    )
    const idle = { 'blocks-first': blocks('sda', 9, 9, 9, 1), 'blocks-last': blocks('sda', 9, 9, 9, 0) }
    assert.deepEqual(seen(idle, 'diskAwait'), ['sda=0'])
    // A flush or a discard came back: it works.
    const flushed = blocks('sda', 9, 9, 9, 1).replace(/0 0\n$/, '1 4\n')
    assert.deepEqual(
      seen({ 'blocks-first': blocks('sda', 9, 9, 9, 1), 'blocks-last': flushed }, 'diskAwait'),
      ['sda=0'],
    )
  })

  test('a disk that came or went between the readings, a part of a disk and a loop are left out', () => {
    const changed = {
      'blocks-first': blocks('sda', 0, 0, 0) + blocks('sdb', 0, 0, 0) + blocks('loop0', 0, 0, 0),
      'blocks-last':
        blocks('sda', 10, 10, 10) +
        blocks('sda1', 10, 10, 10) +
        blocks('sdc', 9, 9, 9) +
        blocks('loop0', 9, 9, 9),
    }
    assert.deepEqual(seen(changed, 'diskAwait'), ['sda=1'])
    assert.deepEqual(seen({ 'blocks-last': blocks('sda', 1, 1, 1) }, 'diskAwait'), ['sda=unknown'])
  })
})
