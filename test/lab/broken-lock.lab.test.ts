import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { assertEnd, freshWith, leaveFresh, planFor, startRun, type Try } from './broken.ts'
import { onDisk, onHost, stateOf } from './oa.ts'
import { upkeep } from './upkeep.ts'

/** Somebody takes dpkg's lock, as another apt would, for so many seconds; what he wants to say in the end he writes down. */
function holdLock(seconds: number): string {
  return `cat >/run/somebody.pl <<'EOF'
use Fcntl; open($f, ">>", "/var/lib/dpkg/lock-frontend") or die;
my $lock = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0); fcntl($f, F_SETLK, $lock) or die; sleep ${seconds};
open($g, ">", "/run/somebody.ended"); print $g "by himself\\n"; close $g;
EOF
  systemd-run --quiet --collect --unit=somebody perl /run/somebody.pl; sleep 0.5; systemctl is-active somebody`
}

describe('whoever is at work with packages', () => {
  const tries: Try[] = []
  before(() => freshWith('asks'))
  after(async () => {
    await leaveFresh()
    await Promise.all(tries.map(({ estate }) => estate.remove()))
  })

  // Fault 7, packages: somebody holds the lock of dpkg.
  // Outcome: waited for and named, never ended; if he stays, the host is left as it was.
  test('is waited for and named; one who never ends is left, and the host too', async () => {
    const [waits, gives] = await Promise.all([
      planFor('oa-test'),
      planFor('oa-prod', (oa) => {
        oa.patch = { ...oa.patch, stepLimit: '10s' }
      }),
    ])
    tries.push(waits, gives)
    await Promise.all([onHost('oa-test', holdLock(12)), onHost('oa-prod', holdLock(600))])
    const held = await stateOf('oa-prod')
    const timers = await onHost('oa-prod', 'systemctl list-timers --all --no-legend | wc -l')

    const patient = async () => {
      const ran = await startRun(waits).ended
      await assertEnd(waits, ran, 'done')
      assert.match(ran.stderr, /oa-test is waiting for process \d+ \(\S*perl \/run\/somebody\.pl/)
      const paused = (await onDisk(waits.estate)).find(
        ({ type, data }) => type === 'step.ended' && data['step'] === 'updaters.pause',
      )
      assert.match(
        String(paused?.data['said']),
        /waited for process \d+ \(\S*perl \/run\/somebody\.pl ?\), \d+ s/,
      )
      assert.equal(await onHost('oa-test', 'cat /run/somebody.ended'), 'by himself\n')
    }
    const impatient = async () => {
      const ran = await startRun(gives).ended
      const events = await assertEnd({ ...gives, before: held }, ran, 'failed')
      assert.match(ran.stderr, /still at work after 5 s: process \d+ \(\S*perl \/run\/somebody\.pl/)
      assert.ok(!events.some(({ data }) => String(data['step']).startsWith('apt.')), 'nothing was begun')
      const ended = events.find(
        ({ data }) => data['step'] === 'updaters.pause' && data['outcome'] === 'failed',
      )
      assert.equal((ended?.data['problem'] as { code: string }).code, 'dpkg/busy')
      assert.equal(await onHost('oa-prod', 'systemctl is-active somebody'), 'active\n')
      assert.equal(await onHost('oa-prod', 'systemctl list-timers --all --no-legend | wc -l'), timers)
      await onHost('oa-prod', 'systemctl stop somebody')
    }
    await Promise.all([patient(), impatient()])
  })

  // Fault 7, packages: earlier work of dpkg was interrupted.
  // Outcome: plan and run refuse with what puts it right; nothing is touched.
  test('and was interrupted: refused by plan and run, with what puts it right; nothing is touched', async () => {
    await freshWith('asks')
    const tried = await planFor('oa-prod')
    tries.push(tried)
    const halves = {
      'half configured': `sed -i '/^Package: nginx-common$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status`,
      'in the middle of a write': `cp /var/lib/dpkg/status-old /root/; awk 'BEGIN { RS = "" } /^Package: nginx-common\\n/ { print $0 }' /var/lib/dpkg/status >/var/lib/dpkg/updates/0001`,
    }
    for (const [how, half] of Object.entries(halves)) {
      await onHost('oa-prod', `cp -p /var/lib/dpkg/status /root/status; ${half}`)
      const state = await stateOf('oa-prod')
      const words = ['patch', 'plan', '--system', 'oa', '--out', `${tried.estate.dir}/other.json`]
      const planned = await upkeep(words, { estate: tried.estate.path })
      const ran = await startRun(tried).ended
      for (const [verb, said] of Object.entries({ plan: planned, run: ran })) {
        assert.equal(said.code, 4, `${how}, ${verb}: ${said.stdout}${said.stderr}`)
        assert.match(said.stderr, /oa-prod {2}dpkg\/interrupted[^]*dpkg --configure -a/, how)
      }
      assert.deepEqual(await stateOf('oa-prod'), state, how)
      assert.deepEqual(
        await onDisk(tried.estate).then((events) =>
          events.map(({ type }) => type).filter((type) => type === 'host.started'),
        ),
        [],
      )
      await onHost('oa-prod', 'rm -f /var/lib/dpkg/updates/0001; cp -p /root/status /var/lib/dpkg/status')
    }
    const well = await startRun(tried).ended
    await assertEnd(tried, well, 'done')
  })
})
