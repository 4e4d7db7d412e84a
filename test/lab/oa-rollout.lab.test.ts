import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { PatchPlan } from '../../schemas/plan.ts'
import {
  freshPair,
  mailsAbout,
  offerOa,
  onDisk,
  onHost,
  pair,
  planPair,
  portalEstate,
  portalOn,
  withdrawOa,
} from './oa.ts'
import { type OwnEstate, upkeep } from './upkeep.ts'

const updaters = `systemctl show -p Id -p LoadState -p UnitFileState -p ActiveState \
  apt-daily.timer apt-daily-upgrade.timer apt-daily.service apt-daily-upgrade.service`
const soakMs = 4000

// Left out: what is kept in memory (/proc, /sys, /run, /dev), /tmp, and /var/log, which records the log-in itself.
const prune = ['/proc', '/sys', '/run', '/dev', '/tmp', '/var/log']
  .map((path) => `-path ${path}`)
  .join(' -o ')
const wholeTree = `
  find / -xdev \\( ${prune} \\) -prune -o ! -type d -printf '%y %m %U:%G %s %T@ %p %l\\n' | sort
  find / -xdev \\( ${prune} \\) -prune -o -type d -printf '%y %m %U:%G %p\\n' | sort
  find / -xdev \\( ${prune} \\) -prune -o -type f -print0 | xargs -0 sha256sum | sort -k 2
  dpkg-query -W -f '\${binary:Package} \${Version} \${Status}\\n'; dpkg --audit`
const lines = (text: string) => text.split('\n')

describe('a whole rollout on the office pair', () => {
  // Its shape gives it away to nobody: only who knows it can take it out.
  const secret = `k${randomBytes(15).toString('base64url')}`
  let estate: OwnEstate
  let file: string
  let plan: PatchPlan
  let timers: readonly string[]

  before(async () => {
    await freshPair()
    // Production asks for a password: this secret goes over the wire for every single command.
    await onHost(
      'oa-prod',
      `printf 'upkeep:%s\\n' '${secret}' | chpasswd; echo 'upkeep ALL=(ALL:ALL) ALL' >/etc/sudoers.d/upkeep
       systemctl stop apt-daily.timer; systemctl start apt-daily-upgrade.timer`,
    )
    await onHost('oa-test', 'systemctl start apt-daily.timer; systemctl stop apt-daily-upgrade.timer')
    estate = await portalEstate(
      (oa) => {
        Object.assign(oa, { owner: 'lin', liaison: 'chen' })
        const host = oa.hosts['oa-prod']
        assert.ok(host !== undefined)
        host.connection = { ...host.connection, sudo: { password: { file: 'sudo-password' } } }
        // What commands answer goes into the journal: this one is talkative.
        const said = { time: new Date().toISOString(), place: `ops as ${secret}` }
        oa.backup = { command: ['echo', JSON.stringify(said)], maxAge: '24h' }
      },
      { soak: `${soakMs}ms`, notice: '1s', observe: '1s' },
    )
    await writeFile(join(estate.dir, 'sudo-password'), `${secret}\n`, { mode: 0o600 })
    timers = await Promise.all(pair.map((host) => onHost(host, updaters)))
  })
  after(async () => {
    await freshPair()
    await estate.remove()
  })

  test('the plan leaves no trace on either host', async () => {
    const trees = () => Promise.all(pair.map((host) => onHost(host, wholeTree)))
    const found = await trees()
    ;({ file, plan } = await planPair(estate))
    assert.deepEqual((await trees()).map(lines), found.map(lines))
    for (const host of pair) await onHost(host, '! [ -e /var/lib/upkeep ]')
  })

  // Fault 25, packages: the repository moves after the plan, or is gone.
  // Outcome: both rings get the planned bytes.
  test('with a newer version on offer, then with nothing and no way to it, both rings get the planned bytes', async () => {
    const cut = 'sed -i s/10.77.0.1:8077/10.77.0.1:9/ /etc/apt/sources.list.d/*.sources'
    await withdrawOa('oa-portal-1.1')
    await offerOa('oa-portal-1.2')
    await onHost('oa-prod', cut)
    const first = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(first.code, 0, first.stdout + first.stderr)
    assert.match(first.stdout, /test hosts are soaking until/)
    assert.match(first.stderr, /Note: the repository offers oa-portal 1\.2 instead of 1\.1 by now/)
    assert.equal(await portalOn('oa-test'), '1.1')
    await withdrawOa('oa-portal-1.2')
    await onHost('oa-test', cut)
    const early = await upkeep(['resume'], { estate: estate.path })
    assert.equal(early.code, 0, early.stdout + early.stderr)
    assert.match(early.stdout, /oa-prod {2}production {2}(waiting|done)/)
    await new Promise((resolve) => setTimeout(resolve, soakMs))
    const last = await upkeep(['resume'], { estate: estate.path })
    assert.equal(last.code, 0, last.stdout + last.stderr)
    await offerOa('oa-portal-1.1')

    for (const { host, packages } of plan.hosts) {
      assert.deepEqual(
        packages.map((one) => one.name),
        ['oa-portal'],
      )
      const { version, sha256 } = packages[0]?.to ?? assert.fail()
      const stored = join(estate.state, 'store/sha256', sha256.slice(0, 2), sha256)
      const page = execFileSync('sh', [
        '-c',
        `dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/share/oa-portal/index.html`,
        'sh',
        stored,
      ])
      assert.equal(await onHost(host, `dpkg-query -W -f '\${Version}' oa-portal`), version)
      assert.equal(await onHost(host, 'cat /usr/share/oa-portal/index.html'), page.toString())
      assert.equal(await onHost(host, 'dpkg --verify oa-portal'), '')
      assert.equal(await onHost(host, 'ls -A /var/lib/upkeep/packages 2>/dev/null || true'), '')
    }
  })

  test('production began after test had passed both ways back, and after the soak', async () => {
    const events = await onDisk(estate)
    const at = (type: string, subject?: string, step?: string) => {
      const found = events.findIndex(
        (event) =>
          event.type === type &&
          (subject === undefined || event.subject === subject) &&
          (step === undefined || event.data['step'] === step),
      )
      assert.ok(found >= 0, `${type} ${subject} ${step}`)
      return found
    }
    const order = [
      at('step.ended', 'oa-test', 'check.before'),
      at('step.ended', 'oa-test', 'manifest.compare-snapshot'),
      at('step.ended', 'oa-test', 'manifest.compare-packages'),
      at('host.ended', 'oa-test'),
      at('ring.passed'),
      at('backup.seen'),
      at('host.started', 'oa-prod'),
      at('rollout.ended'),
    ]
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    )
    const time = (index: number) => Date.parse(events[index]?.time ?? '')
    assert.ok(time(at('host.started', 'oa-prod')) - time(at('ring.passed')) >= soakMs)
  })

  test('automatic updaters are as they were found', async () => {
    assert.deepEqual(await Promise.all(pair.map((host) => onHost(host, updaters))), timers)
  })

  test('owner and liaison got mail before and after', async () => {
    for (const box of ['owner', 'liaison']) {
      const subjects = (await mailsAbout(plan.id, box, 2)).join('\n')
      assert.match(subjects, /are due in production/)
      assert.match(subjects, /are done/)
    }
    const sent = (await onDisk(estate))
      .filter(({ type }) => type === 'mail.ended')
      .map(({ data }) => data['sent'])
    assert.deepEqual(sent, [true, true])
  })

  test('no secret is in journal, plan or any other file of the state, in no form', async () => {
    const events = JSON.stringify(await onDisk(estate))
    assert.match(events, /ops as \[redacted\]/)
    const inner = [0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)])
        .toString('base64')
        .slice(4, 20),
    )
    for (const form of [secret, Buffer.from(secret).toString('hex'), ...inner]) {
      const found = execFileSync('sh', [
        '-c',
        'grep -rlaF -e "$1" "$2" "$3" || true',
        'sh',
        form,
        estate.state,
        file,
      ])
      assert.equal(found.toString(), '', form)
    }
    for (const host of pair) {
      const found = await onHost(
        host,
        `grep -rlF -e '${secret}' /var/lib/upkeep /var/log /run 2>/dev/null || true`,
      )
      assert.equal(found, '', host)
    }
  })

  // Fault 11, controllers: a byte of the journal is changed.
  // Outcome: it does not verify, and nobody writes to it.
  test('the journal proves itself; with one byte changed it does not, and nobody writes to it', async () => {
    const fine = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(fine.code, 0, fine.stdout)
    assert.match(fine.stdout, /every one in its place and unchanged/)

    const path = join(estate.state, 'journal/000001.jsonl')
    const bytes = await readFile(path)
    const place = bytes.indexOf('"oa-prod"') + 2
    bytes[place] = (bytes[place] ?? 0) ^ 1
    await writeFile(path, bytes)
    const found = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(found.code, 8, found.stdout)
    assert.match(found.stdout, /CHANGED: .*000001\.jsonl:\d+/)
    for (const words of [['patch', 'run', '--plan', file], ['resume']]) {
      const refused = await upkeep(words, { estate: estate.path })
      assert.equal(refused.code, 8, refused.stdout + refused.stderr)
    }
    assert.ok((await readFile(path)).equals(bytes), 'the journal was not written to')
  })
})
