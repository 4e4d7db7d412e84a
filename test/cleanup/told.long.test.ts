import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { host } from './host.ts'
import { inRoom } from './room.ts'

/** Runs sh in the room, where all of /var/lib is this test's own. */
function inside(text: string): void {
  const [around = '', ...words] = inRoom
  execFileSync(around, [...words, 'sh', '-ec', text])
}

test('the largest and the oldest are named, the first one first, and what is open is in no figure', async (t) => {
  const h = host(t)
  for (const n of [1, 2, 3, 4, 5, 6, 7]) h.file(`sub/${n}`, 'x'.repeat(n * 8192), 86_400 * (n === 3 ? 30 : 2))
  h.file('open', 'x'.repeat(1 << 20), 86_400 * 60)
  await h.process(`import sys\nkept = open(sys.argv[1] + '/open')`)
  const { largest, oldest, files, bytes, held } = h.scan()
  const names = (rows: typeof largest) => rows.map(({ path }) => path.slice(join(h.where, 'sub/').length))
  assert.deepEqual(names(largest), ['7', '6', '5', '4', '3'])
  assert.equal(names(oldest)[0], '3')
  assert.equal(oldest.length, 5)
  const ageS = Date.now() / 1000 - (oldest[0]?.mtime ?? 0)
  assert.ok(Math.abs(ageS - 30 * 86_400) < 60, `${ageS}`)
  assert.deepEqual([files, bytes, largest[0]?.bytes], [7, 28 * 8192, 7 * 8192])
  assert.deepEqual(held, [{ why: 'open', count: 1, example: join(h.where, 'open') }])
})

// Fault, clean up: a logrotate was stopped by a full disk, and never rotates again. Outcome: what it left is named in the plan.
test('what a logrotate left behind is named, unless it is at work', async (t) => {
  const h = host(t)
  inside(
    'mount -t tmpfs none /var/lib && mkdir /var/lib/logrotate && echo 1234567 >/var/lib/logrotate/status.tmp',
  )
  t.after(() => inside('umount /var/lib'))
  const stuck = () => h.host('scan').stuckLogrotate.map(({ path, bytes }) => `${path} ${bytes}`)
  assert.deepEqual(stuck(), [], 'it was written a moment ago')
  inside("touch -d '2 hours ago' /var/lib/logrotate/status.tmp")
  assert.deepEqual(stuck(), ['/var/lib/logrotate/status.tmp 8'])
  await h.process(`kept = open('/var/lib/logrotate/status.tmp')`)
  assert.deepEqual(stuck(), [], 'it is at work')
  await h.killAll()
  inside('rm /var/lib/logrotate/status.tmp && ln -s /etc/passwd /var/lib/logrotate/status.tmp')
  assert.deepEqual(stuck(), [])
})
