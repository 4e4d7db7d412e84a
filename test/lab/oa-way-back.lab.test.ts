import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { quoteAll } from '../../connect/quote.ts'
import {
  freshPair,
  mailsAbout,
  onDisk,
  onHost,
  planPair,
  policy,
  portalEstate,
  portalOn,
  stateOf,
  resumeWhenDue,
} from './oa.ts'
import { type OwnEstate, type Ran, upkeep } from './upkeep.ts'

/** From now on the portal of this host is ill whenever its version is 1.1, for its users or for dpkg. */
async function failsWhenPatched(host: string, how: 'answers 500' | 'dpkg fails'): Promise<void> {
  const act = how === 'dpkg fails' ? '! $new' : 'if $new; then touch /run/ill; else rm -f /run/ill; fi'
  const script = [
    `cat >/usr/local/sbin/portal-hook <<'HOOK'`,
    '#!/bin/sh',
    `case $(dpkg-query -W -f '\${Version}' oa-portal) in 1.1) new=true ;; *) new=false ;; esac`,
    act,
    'HOOK',
    'chmod 755 /usr/local/sbin/portal-hook',
    'echo "post-invoke=/usr/local/sbin/portal-hook" >/etc/dpkg/dpkg.cfg.d/portal-hook',
    `sed -i 's,^    root .*,& \\n location = / { if (-f /run/ill) { return 500; } try_files /index.html =404; },' /etc/nginx/sites-available/default`,
    'nginx -t && systemctl reload nginx',
  ]
  await onHost(host, script.join('\n'))
}

/** As a way back leaves the portal that is cut off after unpacking. */
const onlyUnpacked = `sed -i '/^Package: oa-portal$/,/^$/s/^Status: .*/Status: install ok unpacked/' /var/lib/dpkg/status`

/** The admin has stopped one of the two timers. */
const stopOneTimer = 'systemctl stop apt-daily.timer; systemctl start apt-daily-upgrade.timer'

describe('a patch that fails in production', () => {
  const estates: OwnEstate[] = []
  let hanging: Promise<Ran>
  let hangingEstate: OwnEstate

  before(freshPair)
  after(async () => {
    await hanging
    await freshPair()
    await Promise.all(estates.map((one) => one.remove()))
  })

  async function estateWith(...change: Parameters<typeof portalEstate>): Promise<OwnEstate> {
    const estate = await portalEstate(...change)
    estates.push(estate)
    return estate
  }

  /** Patches the test host; production is due after that. */
  async function testPassed(estate: OwnEstate): Promise<string> {
    const { file, plan } = await planPair(estate)
    const ran = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    return plan.id
  }

  // Fault 28, hosts: a patch fails in production where no way back was rehearsed, and the mail server is
  // dead.
  // Outcome: stuck, for a person to decide; the dead mail server stops nothing.
  test('is left alone where no way back was rehearsed: stuck; and a mail server that is dead stops nothing', async () => {
    const gated = (backup: string) =>
      estateWith((oa, whole) => {
        policy(oa, { rehearsal: 'none' })
        oa.backup = { command: ['sh', '-c', backup], maxAge: '24h' }
        // Nobody listens there.
        whole.mail = { smtp: 'smtp://10.77.0.2:26', from: 'upkeep@lab.example' }
      })
    const estate = await gated(`echo '{"time":"${new Date().toISOString()}","place":"ops"}'`)
    await failsWhenPatched('oa-prod', 'dpkg fails')
    await testPassed(estate)
    // A copy of this rollout waits, in the meantime, for a backup command that never answers.
    hangingEstate = await gated('sleep 600')
    await cp(estate.state, hangingEstate.state, { recursive: true })
    hanging = resumeWhenDue(hangingEstate)

    const ran = await resumeWhenDue(estate)
    assert.equal(ran.code, 22, ran.stdout + ran.stderr)
    assert.match(ran.stdout, /oa-prod {2}production {2}stuck/)
    assert.match(ran.stdout, /the way back "snapshot" was not rehearsed on a test host of the same role/)
    const events = await onDisk(estate)
    assert.ok(!events.some(({ type }) => type === 'host.turned'), 'no way back was used')
    assert.ok(!events.some(({ data }) => String(data['step']).startsWith('snapshot.restore')))
    assert.equal(await portalOn('oa-prod'), '1.1')
    const mails = events.filter(({ type }) => type === 'mail.ended')
    assert.deepEqual(
      mails.map(({ subject, data }) => [subject, data['sent']]),
      [
        ['before', false],
        ['stopped', false],
      ],
    )
    assert.match(String(mails[0]?.data['said']), /10\.77\.0\.2/)
  })

  // Fault, packages: a patch fails in production, and only the packages were rehearsed as a way back.
  // Outcome: back to the old packages by itself.
  test('goes back to the old packages by itself, where only that was rehearsed', async () => {
    await freshPair()
    const estate = await estateWith((oa) => {
      policy(oa, { rehearsal: 'packages', snapshots: 'go-without' })
      delete oa.snapshot
    })
    await failsWhenPatched('oa-prod', 'dpkg fails')
    await onHost('oa-prod', stopOneTimer)
    const state = await stateOf('oa-prod')
    await testPassed(estate)
    const ran = await resumeWhenDue(estate)
    assert.equal(ran.code, 20, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /oa-prod goes back \(packages\)/)
    assert.deepEqual(await stateOf('oa-prod'), state)
  })

  // Fault, packages: somebody changes /etc after an installation has failed and before it is taken back.
  // Outcome: what they changed stays and is named: stuck, for a person to decide.
  test('leaves what somebody changes in /etc between the failure and the way back, and names it', async () => {
    await freshPair()
    const estate = await estateWith((oa) => {
      policy(oa, { rehearsal: 'packages', snapshots: 'go-without' })
      delete oa.snapshot
    })
    await failsWhenPatched('oa-prod', 'dpkg fails')
    const { file, plan } = await planPair(estate)
    const tested = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(tested.code, 0, tested.stdout + tested.stderr)
    const edit = `until ls /var/lib/upkeep/etc/*/after; do sleep 0.02; done; echo mine >/etc/admin.conf; echo '# mine' >>/etc/profile`
    await onHost('oa-prod', `systemd-run -q sh -c "${edit}"`)
    const ran = await resumeWhenDue(estate)
    assert.equal(ran.code, 22, ran.stdout + ran.stderr)
    assert.match(
      ran.stdout.replace(/\s+/g, ' '),
      /not equal to before: 2 differences \(\/etc\/admin\.conf: new; \/etc\/profile: content changed\)/,
    )
    assert.equal(await portalOn('oa-prod'), '1.0')
    assert.equal(await onHost('oa-prod', 'cat /etc/admin.conf; tail -n 1 /etc/profile'), 'mine\n# mine\n')

    await onHost('oa-prod', onlyUnpacked)
    const back = plan.hosts.find(({ host }) => host === 'oa-prod')?.back.packages
    const action = back?.find(({ does }) => does === 'apt.downgrade')?.action
    assert.ok(action?.kind === 'script')
    const said = await onHost('oa-prod', `set -- ${quoteAll(action.args)}\n${action.script}`)
    assert.match(said, /every package is at its version already/)
    assert.equal(
      await onHost('oa-prod', `dpkg --audit; dpkg-query -W -f '\${db:Status-Abbrev}' oa-portal`),
      'ii ',
    )
  })

  // Fault, packages: a patch fails in production. Outcome: back to the snapshot by itself, equal to before.
  test('goes back to the snapshot by itself: equal to before, timers as found, owner and liaison told', async () => {
    await freshPair()
    const estate = await estateWith((oa) => Object.assign(oa, { owner: 'lin', liaison: 'chen' }))
    await failsWhenPatched('oa-prod', 'answers 500')
    await onHost('oa-prod', stopOneTimer)
    const state = await stateOf('oa-prod')
    const id = await testPassed(estate)
    const ran = await resumeWhenDue(estate)
    assert.equal(ran.code, 20, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /oa-prod goes back \(snapshot\): check\.observe: .*portal: .*500/)
    assert.match(ran.stdout, /oa-prod {2}production {2}undone/)
    assert.deepEqual(await stateOf('oa-prod'), state)
    assert.equal(await portalOn('oa-test'), '1.1')
    for (const box of ['owner', 'liaison']) {
      const subjects = (await mailsAbout(id, box, 2)).join('\n')
      assert.match(subjects, /are due in production/)
      assert.match(subjects, /STOPPED/)
    }
  })

  // Fault, hosts: the command that asks for the backup hangs.
  // Outcome: given up after a minute; production does not begin.
  test('is not begun while a backup command hangs: it is given up after a minute', async () => {
    const ran = await hanging
    assert.equal(ran.code, 4, ran.stdout + ran.stderr)
    assert.match(ran.stdout, /no good backup: the command answered with silence/)
    const events = await onDisk(hangingEstate)
    assert.ok(!events.some(({ type, subject }) => type === 'host.started' && subject === 'oa-prod'))
  })
})
