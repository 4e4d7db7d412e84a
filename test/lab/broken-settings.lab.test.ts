import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { assertEnd, freshWith, leaveFresh, officeHosts, planFor, startRun, type Try } from './broken.ts'
import { mailTexts, onHost, stateOf } from './oa.ts'
import { startUpkeep, upkeep } from './upkeep.ts'

const difference = /-language = zh\n[^]*\+language = en\n[^]*\+page_size = 50/

describe('what a patch leaves to a person is told where people look', () => {
  const tries: Try[] = []
  after(async () => {
    await leaveFresh()
    await Promise.all(tries.map(({ estate }) => estate.remove()))
  })

  // Fault, packages: a setting was changed by the admin and by the package.
  // Outcome: the admin's is kept, and the difference is told.
  test("a setting that the admin and the package changed: the admin's is kept, and the diff is told", async () => {
    await freshWith('changes-settings')
    const admins = '# Settings of the office portal\\nlanguage = zh\\npage_size = 20\\n'
    await Promise.all(officeHosts.map((host) => onHost(host, `printf '${admins}' >/etc/oa/portal.conf`)))
    // What not everybody may read there must not come into journals and mails.
    await onHost('oa-prod', 'chmod 640 /etc/oa/portal.conf')
    const [open, secret] = await Promise.all([planFor('oa-test'), planFor('oa-prod')])
    tries.push(open, secret)
    assert.deepEqual(open.plan.hosts[0]?.conffiles, [{ path: '/etc/oa/portal.conf', package: 'oa-portal' }])
    const json = startUpkeep(['patch', 'run', '--plan', secret.file, '--json'], {
      estate: secret.estate.path,
    })
    const [ran, hidden] = await Promise.all([startRun(open).ended, json.ended])
    await assertEnd(open, ran, 'done')
    await assertEnd(secret, hidden, 'done')

    const shown = await upkeep(['journal', 'show'], { estate: open.estate.path })
    const mail = await mailTexts(open.plan.id, 'ops')
    for (const [where, text] of Object.entries({
      'while it runs': ran.stderr.replaceAll(/^\d\d:\d\d {2}oa-test {5}/gm, ''),
      'in the end': ran.stdout,
      'in the journal': shown.stdout,
      'in the mail': mail,
    })) {
      assert.match(text, /\/etc\/oa\/portal\.conf was kept/, where)
      assert.match(text.replaceAll(/^ +/gm, ''), difference, where)
    }
    assert.match(await onHost('oa-test', 'cat /etc/oa/portal.conf'), /language = zh/)

    assert.doesNotMatch(hidden.stdout, /language/)
    const summary = JSON.parse(hidden.stdout.trimEnd().split('\n').at(-1) ?? '') as {
      hosts: { conffiles: unknown }[]
    }
    assert.deepEqual(summary.hosts[0]?.conffiles, [
      { path: '/etc/oa/portal.conf', beside: '/etc/oa/portal.conf.dpkg-dist', difference: null },
    ])
  })

  // Fault 23, people: a way back fails and leaves a host stuck.
  // Outcome: what is known is told, with commands that put it right.
  test('a host that is stuck: what is known, and commands that put it right', async () => {
    await freshWith('prerm-fails-too')
    const tried = await planFor('oa-prod')
    tries.push(tried)
    const ran = await startRun(tried).ended
    await assertEnd(tried, ran, 'stuck')
    const status = await upkeep(['patch', 'status'], { estate: tried.estate.path })
    const asJson = await upkeep(['patch', 'status', '--json'], { estate: tried.estate.path })
    const { rollouts } = JSON.parse(asJson.stdout) as {
      rollouts: { hosts: { byHand: readonly string[] }[] }[]
    }
    const lines = rollouts[0]?.hosts[0]?.byHand ?? []
    const mail = await mailTexts(tried.plan.id, 'ops')
    assert.match(mail, /Subject: .*STUCK/)
    for (const [where, text] of Object.entries({
      'in the end': ran.stdout,
      'in the status': status.stdout,
      'in the mail': mail,
    })) {
      for (const line of lines) assert.ok(text.includes(line), `${where}: ${line}\n${text}`)
    }
    assert.match(lines[0] ?? '', /oa-prod IS STUCK/)
    assert.ok(lines.some((line) => line.includes('upkeep settle oa-prod --as undone')))

    // The person sees what fails, takes it away, and types the rest as it stands there.
    const commands = lines.filter((line) => line.startsWith('  ') && !line.includes('upkeep '))
    const look = commands.find((line) => line.includes('/output'))
    assert.match(await onHost('oa-prod', look ?? 'false'), /prerm/)
    await onHost('oa-prod', 'rm /var/lib/dpkg/info/oa-portal.prerm')
    const mending = commands.filter((line) => /set-selections|apt-get|tar .*-xpf|read -r/.test(line))
    assert.equal(mending.length, 4, mending.join('\n'))
    await onHost('oa-prod', mending.join('\n').replaceAll('apt-get', 'apt-get -y'))
    assert.deepEqual(await stateOf('oa-prod'), tried.before)
  })

  // Fault, people: a host is stuck after its snapshot went back.
  // Outcome: the commands that are told swap the snapshot in.
  test('a stuck host with a snapshot: the commands swap it in', async () => {
    await freshWith('prerm-fails-too')
    // Traffic that can not be taken back: the snapshot is restored, and the host is stuck after that.
    const tried = await planFor('oa-test', (oa) => {
      const role = oa.roles['web']
      assert.ok(role)
      role.traffic = { scope: 'host', on: 'web', close: ['true'], open: ['false'] }
    })
    tries.push(tried)
    const ran = await startRun(tried).ended
    await assertEnd(tried, ran, 'stuck')
    const lines = ran.stdout.split('\n').map((line) => line.trim())
    const from = lines.findIndex((line) => line.startsWith('btrfs subvolume list'))
    assert.ok(from > 0, ran.stdout)
    await onHost('oa-test', 'touch /etc/mark-of-the-broken-one')
    const { execFileSync } = await import('node:child_process')
    execFileSync('sh', ['-e'], { input: lines.slice(from, from + 5).join('\n'), timeout: 120_000 })
    for (let tries_ = 0; tries_ < 100; tries_ += 1) {
      const up = await onHost('oa-test', 'systemctl is-system-running --wait || true').catch(() => '')
      if (/running|degraded/.test(up)) break
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    assert.deepEqual(await stateOf('oa-test'), tried.before)
  })
})
