import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { CleanupAnswer } from '../../schemas/cleanup-answer.ts'
import { held, host } from './host.ts'

/** Python that sets the clock of the program alone ahead by so many s. */
const ahead = (s: number) => `_time = time.time\ntime.time = lambda: _time() + ${s}`
const tenYears = 10 * 365 * 86_400

type Purged = NonNullable<CleanupAnswer['purged']>

// Fault 13, clean up: the clock of a host is set ten years ahead while something lies in quarantine, and a timer of the host comes. Outcome: the time of the quarantine is not over before its time.
test('a clock that is set ahead empties no quarantine: the machine has not run that long', (t) => {
  const h = host(t)
  h.file('a')
  h.clean()
  const purge = (meanwhile = '') => h.ask({ verb: 'purge', meanwhile }) as Purged
  assert.deepEqual([purge(ahead(tenYears)).gone, purge(ahead(tenYears)).kept], [0, 1])
  assert.deepEqual([purge(ahead(-tenYears)).gone, purge().gone], [0, 0])
  // Only a clock of a machine that ran for 1000 s since then proves that they are over; the boot time is one that nobody sets.
  const longer = '_ran = time.clock_gettime\ntime.clock_gettime = lambda clock: _ran(clock) + 1001'
  assert.equal(purge(longer).gone, 0, 'not by the clock on the wall')
  assert.equal(purge(`${longer}\n${ahead(1001)}`).gone, 1)
  assert.deepEqual(readdirSync(join(h.home, 'quarantine')), [])
})

test('after a restart a timer alone empties no quarantine; the next clean-up, whose clock was compared, does', (t) => {
  const h = host(t)
  h.file('a')
  h.clean()
  const until = join(h.home, 'quarantine/run-1/until')
  const [, boot = ''] = readFileSync(until, 'utf8').split(' ')
  assert.match(boot, /^[0-9a-f-]{36}$/)
  for (const text of [`1 ${'0'.repeat(36)} 1\n`, '1\n', `1 ${boot} never\n`]) {
    writeFileSync(until, text)
    assert.deepEqual([h.purge().gone, h.purge().kept], [0, 1], text)
  }
  const { purged } = h.ask({ verb: 'clean', id: 'run-2', rules: [] }) as CleanupAnswer
  assert.equal(purged?.gone, 1)
})

// Fault 13, clean up: files have a time of 1970, or of a year to come. Outcome: the time of their last other change counts, or they stay and are named.
test('a file of 1970 is as old as its last other change; one of a year to come stays, and is named', (t) => {
  const h = host(t)
  h.file('epoch', 'x', Date.now() / 1000)
  h.file('dos', 'x', Date.now() / 1000 - 315_532_800)
  h.file('to-come', 'x', -tenYears)
  h.file('old')
  assert.deepEqual(held(h.scan()), { 'changed in a time to come': 1, young: 2 })
  assert.equal(h.clean().takenFiles, 1)
  assert.deepEqual(h.names(), ['dos', 'epoch', 'to-come'])
  assert.equal(h.scan({ olderThanS: 0 }).files, 2, 'they go when their last other change is old enough')
  const never = 'NO_TIME = 10 ** 30'
  assert.deepEqual(held(h.clean({ ageBy: 'ctime', olderThanS: 0 }, { meanwhile: never })), {
    'changed in a time to come': 1,
    'without a time': 2,
  })
})
