import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Before } from '../../playbooks/facts/patrol.ts'
import { look, type Parts, seen, times } from './patrol-answer.ts'

const iso = (daysAgo: number) => new Date(times.after - daysAgo * 86_400_000).toISOString()
const before = (writable: Record<string, string>): Before => ({
  time: iso(1),
  memory: { bootId: null, oomKills: null, writable },
})
const mounts = (changed: Parts, last?: Before) => seen(changed, 'fileSystems', {}, last)

describe('file systems that must be writable', () => {
  // Fault, hosts: the kernel makes a file system read-only after errors of its disk.
  // Outcome: critical, by /etc/fstab or by what the last inspection saw.
  test('are found read-only by /etc/fstab', () => {
    const fstab = 'ext4 defaults,errors=remount-ro /\nxfs noatime /srv/with\\040space\n'
    assert.deepEqual(mounts({ fstab, mounts: 'ro ext4 /\nrw xfs /srv/with\\040space\n' }), [
      '/=1',
      '/srv/with space=0',
    ])
  })

  test('are found read-only by what the last inspection saw, without a table', () => {
    const last = before({ '/': iso(1), '/srv': iso(1) })
    assert.deepEqual(mounts({ mounts: 'rw ext4 /\nro ext4 /srv\n' }, last), ['/=0', '/srv=1'])
  })

  test('are found lost, and stay so for a week; then they were taken away', () => {
    const gone = { mounts: 'rw ext4 /\n' }
    assert.deepEqual(mounts(gone, before({ '/srv': iso(1) })), ['/srv=1'])
    const { memory } = look(gone, {}, before({ '/srv': iso(3) }))
    assert.deepEqual(memory.writable, { '/srv': iso(3), '/': iso(0) })
    assert.deepEqual(mounts(gone, before({ '/srv': iso(8) })), [])
  })

  test('are not those that the table has read-only, later, or only when they are there', () => {
    const fstab =
      'ext4 ro /usr\next4 noauto /mnt\next4 nofail /stick\nnfs noauto /n\nswap sw none\ntmpfs size=1g /tmp\n'
    assert.deepEqual(mounts({ fstab, mounts: 'rw ext4 /\nro ext4 /usr\n' }), [])
    assert.deepEqual(mounts({ fstab, mounts: 'rw ext4 /\nro ext4 /stick\n' }), ['/stick=1'])
  })

  test('are not those of containers, log-ins and sticks, nor in memory', () => {
    const shown =
      'rw ext4 /\nrw overlay /var/lib/docker/overlay2/x/merged\nrw ext4 /run/x\nrw vfat /media/stick\nrw tmpfs /tmp\n'
    assert.deepEqual(Object.keys(look({ mounts: shown }).memory.writable ?? {}), ['/'])
  })

  test('are not those under which a read-only one lies, whichever is seen', () => {
    for (const shown of ['rw ext4 /\nro ext4 /x\nrw ext4 /x\n', 'rw ext4 /\nrw ext4 /x\nro ext4 /x\n'])
      assert.deepEqual(Object.keys(look({ mounts: shown }).memory.writable ?? {}), ['/'])
  })

  test('in a container are only what was seen: its table is that of an image', () => {
    const changed = { container: 'lxc\n', fstab: 'ext4 defaults /boot\n', mounts: 'rw ext4 /\n' }
    assert.deepEqual(mounts(changed), [])
  })

  test('are unknown where it can not be read what is mounted, and what was known stays', () => {
    const last = before({ '/srv': iso(1) })
    for (const part of [null, '', { code: 124, text: '' }]) {
      assert.deepEqual(mounts({ mounts: part }, last), ['=unknown'])
      assert.deepEqual(look({ mounts: part }, {}, last).memory.writable, { '/srv': iso(1) })
    }
  })
})
