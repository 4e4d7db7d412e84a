import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { scriptText } from '../../playbooks/steps/script.ts'

const shells = [['/bin/dash'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']].filter(
  ([path]) => path !== undefined && existsSync(path),
)
const places: string[] = []
after(() => places.forEach((place) => rmSync(place, { recursive: true, force: true })))

// The host's own tools, as far as they would touch this machine: what they were told stands in `calls`. Time passes
// only in `sleep`, where a test may also let something happen at a second.
const stubs = `
uptime=$T/uptime
sleep() { read -r at <"$uptime"; at=$((\${at%.*} + 1)); echo "$at.00 0" >"$uptime"; [ ! -e "$T/at-$at" ] || . "$T/at-$at"; }
systemctl() {
  echo "systemctl $*" >>"$T/calls"
  case $1 in
    is-active) if [ -e "$T/active" ]; then [ "$2" = --quiet ] || echo active; else [ "$2" = --quiet ] || echo inactive; return 3; fi ;;
    start) touch "$T/active" ;;
    restart) [ ! -e "$T/fails-$2" ] ;;
  esac
}
timeout() { shift; "$@"; }
dpkg() { echo "dpkg $*" >>"$T/calls"; touch "$T/configured"; }
ip() { echo "ip $*" >>"$T/calls"; }
nft() { echo "nft $*" >>"$T/calls"; [ "$1" = list ] || cat >/dev/null; }
`

function simulatedHost([shell = '', ...options]: readonly string[]) {
  const T = mkdtempSync(join(tmpdir(), 'upkeep-guard-'))
  places.push(T)
  const units = join(T, 'systemd/system')
  const dir = join(T, 'kept/guard/r1/apt.install')
  writeFileSync(join(T, 'uptime'), '10.00 0\n')
  writeFileSync(join(T, 'calls'), '')
  mkdirSync(join(T, 'ssh'))
  async function run(name: string, args: readonly string[], extra = '') {
    const text = scriptText(name)
      .replaceAll('/usr/local/lib/systemd/system', units)
      .replaceAll('/proc/uptime', join(T, 'uptime'))
      .replaceAll('/etc/ssh', join(T, 'ssh'))
    const child = spawn(shell, [...options, '-c', `T=${T}\n${stubs}\n${extra}\n${text}`, 'sh', ...args])
    let said = ''
    child.stdout.on('data', (data: Buffer) => (said += data.toString()))
    child.stderr.on('data', (data: Buffer) => (said += data.toString()))
    const code = await new Promise((resolve) => child.on('close', resolve))
    return { code, said }
  }
  const back = `echo back >>${T}/calls; [ ! -e ${T}/back-fails ] || [ -e ${T}/configured ]`
  return {
    T,
    dir,
    unit: join(units, 'upkeep-guard-x.service'),
    has: (name: string) => existsSync(join(dir, name)),
    read: (name: string) => readFileSync(join(dir, name), 'utf8'),
    calls: () => readFileSync(join(T, 'calls'), 'utf8').trim().split('\n'),
    put: (name: string, text = '') => writeFileSync(join(T, name), text),
    arm: () =>
      run('guard-arm.sh', [
        dir,
        'upkeep-guard-x',
        'step-unit',
        '30',
        'watch text',
        back,
        `echo stale >>${T}/calls`,
      ]),
    watch: (extra?: string) => run('guard-watch.sh', [dir], extra),
    confirm: (boot = '-') => run('guard-confirm.sh', [dir, 'upkeep-guard-x', boot]),
    /** Armed, its step over, and services of the host that were running then. */
    async armed() {
      const armed = await this.arm()
      assert.deepEqual([armed.code, armed.said], [0, 'armed\n'])
      rmSync(join(T, 'active'))
      writeFileSync(join(dir, 'services'), 'systemd-networkd\nssh\n')
      writeFileSync(join(T, 'calls'), '')
    },
  }
}

for (const shell of shells)
  describe(`a guard in ${shell.join(' ')}`, () => {
    test('is armed once, starts with the host, and is gone without a trace once confirmed', async () => {
      const host = simulatedHost(shell)
      await host.armed()
      assert.match(readFileSync(host.unit, 'utf8'), /ExecStart=\/bin\/sh .*\/watch /)
      assert.ok(existsSync(join(host.unit, '../multi-user.target.wants/upkeep-guard-x.service')))
      const what = host.read('what')
      host.put('active')
      assert.equal((await host.arm()).said, 'armed\n')
      assert.equal(host.read('what'), what)
      assert.ok(
        !host.calls().includes('systemctl start upkeep-guard-x.service'),
        'its time does not begin anew',
      )
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      assert.equal((await host.confirm(boot)).said, 'before\n')
      assert.ok(host.has('armed'))
      assert.equal((await host.confirm()).said, 'confirmed\n')
      assert.ok(!existsSync(join(host.T, 'systemd')) && !existsSync(join(host.T, 'kept/guard')))
      assert.ok(host.calls().includes('systemctl stop upkeep-guard-x.service'))
      assert.equal((await host.confirm()).said, 'confirmed\n')
    })

    // Fault 6, hosts: nobody confirms a step that can cut access.
    // Outcome: packages, network and sshd go back when its time is over.
    test('goes back when its time is over: packages, network, sshd; and tells whoever asks then', async () => {
      const host = simulatedHost(shell)
      await host.armed()
      assert.equal((await host.watch()).code, 0)
      const calls = host.calls().filter((line) => !line.startsWith('systemctl is-active'))
      assert.deepEqual(
        calls.filter((line) => /^(back|stale|systemctl)/.test(line)),
        [
          'back',
          'systemctl daemon-reload',
          'systemctl restart systemd-networkd',
          'systemctl restart ssh',
          'stale',
          'systemctl daemon-reload',
        ],
      )
      assert.equal(
        host.read('went-back'),
        '0\nthe old packages and /etc are back\nrestarted systemd-networkd\nrestarted ssh\n',
      )
      assert.ok(!existsSync(join(host.T, 'systemd')), 'no unit is left')
      assert.match((await host.confirm()).said, /^went-back\n\d{4}-\d\d-\d\dT[\d:]+Z\n0\nthe old packages/)
      assert.equal((await host.arm()).said, 'fired\n')
      assert.ok(Number.parseInt(readFileSync(join(host.T, 'uptime'), 'utf8')) >= 40)
    })

    test('puts back the keys that the host was known by, whoever made others, before sshd is restarted', async () => {
      const host = simulatedHost(shell)
      host.put('ssh/ssh_host_ed25519_key', 'known')
      host.put('ssh/ssh_host_rsa_key', 'same')
      await host.armed()
      host.put('ssh/ssh_host_ed25519_key', 'another')
      host.put('fails-ssh')
      assert.equal((await host.watch()).code, 0)
      assert.equal(readFileSync(join(host.T, 'ssh/ssh_host_ed25519_key'), 'utf8'), 'known')
      assert.equal(
        host.read('went-back'),
        '0\nthe old packages and /etc are back\nssh_host_ed25519_key is back\nrestarted systemd-networkd\nfailed ssh\n',
      )
      assert.ok(!host.has('keys'), 'no private key is left beside')
    })

    test('that was confirmed while it waited does nothing', async () => {
      const host = simulatedHost(shell)
      await host.armed()
      host.put('at-25', `rm ${host.dir}/armed`)
      assert.equal((await host.watch()).code, 0)
      assert.ok(!host.has('fired') && !host.calls().includes('back'))
    })

    test('that is being confirmed at its last second waits for that, and does nothing', async () => {
      const host = simulatedHost(shell)
      await host.armed()
      host.put(
        'at-40',
        `exec 8>>${host.dir}/lock; flock 8; (command sleep 0.4; rm ${host.dir}/armed) & exec 8>&-`,
      )
      assert.equal((await host.watch()).code, 0)
      assert.ok(!host.has('fired') && !host.calls().includes('back'))
    })

    test('counts from the end of the step', async () => {
      const host = simulatedHost(shell)
      await host.armed()
      host.put('active')
      host.put('at-200', `rm ${host.T}/active`)
      host.put(
        'at-228',
        `echo early >>${host.T}/calls; [ ! -e ${host.dir}/fired ] || echo fired >>${host.T}/calls`,
      )
      await host.watch()
      assert.ok(host.calls().includes('early') && !host.calls().includes('fired'))
      assert.ok(host.has('went-back'))
    })

    test('that was interrupted while it went back goes on at once', async () => {
      const host = simulatedHost(shell)
      await host.armed()
      writeFileSync(join(host.dir, 'fired'), '2026-11-25T00:00:00Z\n')
      assert.equal((await host.confirm()).said, 'going-back\n')
      await host.watch()
      assert.equal(readFileSync(join(host.T, 'uptime'), 'utf8'), '10.00 0\n')
      assert.ok(host.has('went-back'))
    })

    test('configures what was left half done when the packages do not go back', async () => {
      const host = simulatedHost(shell)
      await host.armed()
      host.put('back-fails')
      await host.watch()
      assert.deepEqual(
        host.calls().filter((line) => /^(back|dpkg)/.test(line)),
        ['back', 'dpkg --force-confold --configure -a', 'back'],
      )
      assert.match(host.read('went-back'), /^0\n/)
    })

    test('whose scripts were changed runs none of them, and brings sshd back all the same', async () => {
      const host = simulatedHost(shell)
      await host.armed()
      writeFileSync(join(host.dir, 'back'), `echo other >>${host.T}/calls`)
      host.put('fails-systemd-networkd')
      await host.watch()
      assert.ok(!host.calls().includes('other') && host.calls().includes('systemctl restart ssh'))
      assert.match(host.read('went-back'), /^65\nrefused: .*\nfailed systemd-networkd\nrestarted ssh\n/)
    })

    test('is confirmed or fires, never both, at whatever moment', async () => {
      const seen = new Set<string>()
      for (let round = 0; round < 12; round += 1) {
        const host = simulatedHost(shell)
        await host.armed()
        writeFileSync(join(host.dir, 'what'), 'upkeep-guard-x step-unit 1\n')
        const watching = host.watch('real() { command sleep "$1"; }')
        await new Promise((resolve) => setTimeout(resolve, round * 2))
        const said = (await host.confirm()).said.split('\n')[0] ?? ''
        await watching
        seen.add(said === 'confirmed' ? said : 'fired')
        assert.equal(host.calls().includes('back'), said !== 'confirmed', said)
      }
      assert.ok(seen.size > 0)
    })
  })
