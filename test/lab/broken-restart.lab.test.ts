import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { labHost } from '../../lab/hosts.ts'
import { labPaths } from '../../lab/layout.ts'
import type { Event } from '../../schemas/event.ts'
import {
  assertEnd,
  freshWith,
  leaveFresh,
  type OfficeHost,
  officeHosts,
  planFor,
  startRun,
  type Try,
} from './broken.ts'
import { offerOa, onHost } from './oa.ts'
import { labDir } from './upkeep.ts'

const boots = 'cat /proc/sys/kernel/random/boot_id; journalctl --list-boots --quiet | wc -l'

/** What a step said in the end; empty when it did not end. */
function saidBy(events: readonly Event[], step: string): string {
  const ended = events.find(({ type, data }) => type === 'step.ended' && data['step'] === step)
  const said = ended?.data['said']
  return typeof said === 'string' ? said : ''
}

/** Units that were restarted since, as their own new invocations in the journal tell, once for each time. */
async function startsSince(host: OfficeHost, cursor: string): Promise<readonly string[]> {
  const script = `journalctl --after-cursor '${cursor}' -o json --output-fields=UNIT,MESSAGE_ID,JOB_TYPE _PID=1 |
    grep 39f53479d3a045ac8e11786248231fbf | sed -n 's/.*"UNIT":"\\([^"]*\\)".*/\\1/p'`
  return (await onHost(host, script)).split('\n').filter((unit) => unit !== '')
}

const cursorNow = "journalctl -n 1 --show-cursor -q | sed -n 's/^-- cursor: //p'"

describe('restarts and reboots are needed where they are, and done when they are', () => {
  const tries: Try[] = []
  after(async () => {
    await leaveFresh()
    await Promise.all(tries.map(({ estate }) => estate.remove()))
  })

  async function planned(...about: Parameters<typeof planFor>): Promise<Try> {
    const tried = await planFor(...about)
    tries.push(tried)
    return tried
  }

  // Fault 5, hosts: an installation asks for a reboot.
  // Outcome: one reboot, after it, believed from the new boot id.
  test('a flag that comes in the middle of the installation: one reboot, after it, believed from its boot id', async () => {
    await freshWith('wants-a-reboot')
    // On one of them the shutdown takes its time, and answers meanwhile.
    await onHost(
      'oa-prod',
      `printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=true\\nExecStop=sleep 8\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/slow.service
       mkdir -p /etc/systemd/system/slow.service.d
       printf '[Unit]\\nAfter=ssh.service network.target\\n' >/etc/systemd/system/slow.service.d/order.conf
       systemctl daemon-reload; systemctl enable -q --now slow.service`,
    )
    await Promise.all(
      officeHosts.map(async (host) => {
        const tried = await planned(host)
        const [id = '', count = ''] = (await onHost(host, boots)).split('\n')
        const keys = await onHost(host, 'cat /etc/ssh/ssh_host_*_key.pub')
        const ran = await startRun(tried).ended
        const events = await assertEnd(tried, ran, 'done')
        const [newId = '', newCount = ''] = (await onHost(host, boots)).split('\n')
        assert.notEqual(newId, id)
        assert.equal(Number(newCount), Number(count) + 1, 'one reboot')
        assert.match(saidBy(events, 'host.reboot'), /^rebooted: a package asked for it: oa-portal/)
        const facts = events.find(({ data }) => data['step'] === 'host.reboot' && data['facts'])?.data[
          'facts'
        ]
        assert.equal((facts as { bootId: string }).bootId, newId, 'the boot id was read')
        assert.equal(await onHost(host, 'cat /etc/ssh/ssh_host_*_key.pub'), keys)
        const [installed, rebooted] = ['apt.install', 'host.reboot'].map((step) =>
          events.findIndex(({ type, data }) => type === 'step.ended' && data['step'] === step),
        )
        assert.ok((installed ?? -1) >= 0 && (installed ?? 0) < (rebooted ?? 0))
      }),
    )
  })

  // Fault 14, hosts: a host has another key after its reboot.
  // Outcome: not believed; it goes back by itself, to its old key too.
  test('a host whose key is another one after the reboot: not believed, and it goes back', async () => {
    await freshWith('wants-a-reboot')
    await onHost(
      'oa-test',
      `printf '[Unit]\\nBefore=ssh.service\\n[Service]\\nType=oneshot\\nExecStart=/bin/sh -c "dpkg-query -W oa-portal | grep -q 2.0 || exit 0; rm /etc/ssh/ssh_host_*; ssh-keygen -A"\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/rekey.service
       systemctl daemon-reload; systemctl enable -q rekey.service`,
    )
    const tried = await planned('oa-test', (oa) => {
      oa.patch = { ...oa.patch, confirmWithin: '10s' }
    })
    const ran = await startRun(tried).ended
    const events = await assertEnd(tried, ran, 'undone')
    const failed = events.find(({ type, data }) => type === 'step.ended' && data['outcome'] === 'failed')
    assert.equal(failed?.data['step'], 'host.reboot', ran.stderr)
    assert.equal((failed?.data['problem'] as { code: string }).code, 'host/went-back')
  })

  test('an agent in Perl whose package does not restart it is restarted once, and runs the new version', async () => {
    await freshWith('agent-old', 'agent-new')
    await Promise.all(
      officeHosts.map(async (host) => {
        await onHost(host, 'apt-get -q update; apt-get -q -y install oa-portal=1.9+agent.old')
        const tried = await planned(host)
        assert.deepEqual(
          tried.plan.hosts[0]?.restarts.map(({ unit }) => unit),
          ['oa-agent.service'],
        )
        const cursor = (await onHost(host, cursorNow)).trim()
        const ran = await startRun(tried).ended
        const events = await assertEnd(tried, ran, 'done')
        assert.equal(saidBy(events, 'service.restart'), 'restarted oa-agent')
        const starts = await startsSince(host, cursor)
        assert.deepEqual(
          starts.filter((unit) => ['oa-agent.service', 'ssh.service', 'nginx.service'].includes(unit)),
          ['oa-agent.service'],
        )
        assert.equal(
          await onHost(host, 'cat /run/oa-agent.$(systemctl show -p MainPID --value oa-agent)'),
          'new\n',
        )
      }),
    )
  })

  // Fault 24, packages: an agent of the old version lives on beside the new one. Outcome: found by the check.
  test('an agent that lives on beside its restarted self is found by the check', async () => {
    await freshWith('agent-old', 'agent-lives-on')
    await Promise.all(
      officeHosts.map(async (host) => {
        await onHost(host, 'apt-get -q update; apt-get -q -y install oa-portal=1.9+agent.old')
        const tried = await planned(host)
        const ran = await startRun(tried).ended
        await assertEnd(tried, ran, 'undone')
        assert.match(ran.stderr, /oa-agent\.service was restarted and still runs replaced files/)
      }),
    )
  })

  // Fault 6, packages: the libraries of sshd are updated while somebody is logged in.
  // Outcome: sshd is restarted once, and he stays.
  test('the libraries of sshd, with somebody logged in: sshd is restarted once and he stays', async () => {
    await freshWith()
    await offerOa('security')
    const host = 'oa-test'
    const tried = await planned(host, (oa) => {
      oa.patch = { ...oa.patch, holds: ['nginx*', 'libnginx*', 'oa-portal'] }
    })
    assert.ok(tried.plan.hosts[0]?.packages.some(({ name }) => name === 'libssl3'))
    const { keys, knownHosts } = labPaths(labDir)
    const options = [
      '-i',
      join(keys, 'upkeep'),
      '-o',
      `UserKnownHostsFile=${knownHosts}`,
      '-o',
      'BatchMode=yes',
    ]
    const session = spawn('ssh', [...options, `upkeep@${labHost(host).address}`, 'echo in; cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const said = new Promise<string>((resolve) =>
        session.stdout.once('data', (text: Buffer) => resolve(text.toString())),
      )
      assert.equal(await said, 'in\n')
      const cursor = (await onHost(host, cursorNow)).trim()
      const ran = await startRun(tried).ended
      const events = await assertEnd(tried, ran, 'done')
      assert.match(saidBy(events, 'service.restart'), /restarted .*ssh/)
      // The journal itself is restarted with it, so the words of process 1 may be missing; those of sshd are not.
      const log = await onHost(host, `journalctl -u ssh --after-cursor '${cursor}' -o cat`)
      assert.equal(log.match(/Server listening on 0\.0\.0\.0 port 22/g)?.length, 1, log)
      assert.equal(
        await onHost(host, 'systemctl is-active ssh; systemctl show -p NRestarts --value ssh'),
        'active\n0\n',
      )
      const echoed = new Promise<string>((resolve) =>
        session.stdout.once('data', (text: Buffer) => resolve(text.toString())),
      )
      session.stdin.write('still here\n')
      assert.equal(await echoed, 'still here\n')
    } finally {
      session.kill()
    }
  })
})
