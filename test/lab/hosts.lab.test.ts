import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { local } from '../../connect/local.ts'
import { labExec } from '../../lab/exec.ts'
import { labHosts, wrapper } from '../../lab/hosts.ts'
import { nestedSubvolumes } from '../../lab/image.ts'
import { labPaths } from '../../lab/layout.ts'

const dir = process.env['UPKEEP_LAB_DIR']
const paths = labPaths(dir)
const where = dir === undefined ? {} : { dir }

function ssh(name: string, command: string, options: readonly string[] = [], input = '') {
  return local(['ssh', '-F', paths.sshConfig, ...options, name, command], { input, timeoutMs: 30_000 })
}

for (const host of labHosts) {
  test(`${host.name}: one subvolume, one log-in, one way to root, no way out`, async () => {
    assert.deepEqual(await nestedSubvolumes(join(paths.hosts, host.name)), [])

    const who = await ssh(host.name, 'id -un; hostname')
    assert.equal(who.stdout, `upkeep\n${host.name}\n`, who.stderr)
    assert.notEqual((await ssh(host.name, 'true', ['-l', 'root'])).code, 0)
    const password = ['-o', 'PubkeyAuthentication=no', '-v']
    assert.match((await ssh(host.name, 'true', password)).stderr, /can continue: publickey\r?\n/)

    const script = 'id -u; cat; exit 7'
    const passwordFile = 'passwordFile' in host.sudo ? host.sudo.passwordFile : undefined
    if (passwordFile === undefined) {
      assert.notEqual((await ssh(host.name, 'sudo -n id')).code, 0)
      const root = await ssh(host.name, `sudo -n ${wrapper}`, [], script)
      assert.deepEqual([root.stdout, root.code], ['0\n', 7], root.stderr)
    } else {
      assert.notEqual((await ssh(host.name, `sudo -n ${wrapper}`, [], script)).code, 7)
      const secret = readFileSync(join(paths.secrets, passwordFile), 'utf8')
      const root = await ssh(host.name, "sudo -S -p '' id -u", [], secret)
      assert.equal(root.stdout, '0\n', root.stderr)
    }

    const routes = await labExec(host.name, 'ip -4 route; ls /var/lib/apt/lists | grep Packages', where)
    assert.match(routes.stdout, /^10\.77\.0\.0\/24 dev host0 .*\n$/)
  })
}

test('the standby takes a log-in only from the jump host', async () => {
  const direct = await ssh('erp-db2', 'true', ['-o', 'ProxyJump=none'])
  assert.match(direct.stderr, /Permission denied/)
})

test('the wrapper refuses a script with another digest, runs none of it, and leaves a trace', async () => {
  const cut = await ssh('ops', `sudo -n ${wrapper} ${'0'.repeat(64)}`, [], 'touch /run/must-not-be')
  assert.equal(cut.code, 65)
  const script = `set -e\necho "$# é"; cat\n\n\n`
  const sha256 = createHash('sha256').update(script).digest('hex')
  const ran = await ssh('ops', `sudo -n ${wrapper} ${sha256}`, [], script)
  assert.deepEqual([ran.code, ran.stdout], [0, '0 é\n'], ran.stderr)
  const seen = await labExec('ops', 'ls /run/must-not-be; journalctl -t upkeep-root -o cat | tail -1', where)
  assert.equal(seen.stdout, `user=upkeep sha256=${sha256} bytes=${Buffer.byteLength(script)}\n`)
})

test('the wrapper runs nothing of a script that was cut short', async () => {
  const cut = await ssh('ops', `sudo -n ${wrapper}`, [], "{ set --\neval 'touch /run/must-not-be\n")
  assert.equal(cut.code, 2)
  assert.notEqual((await labExec('ops', 'ls /run/must-not-be', where)).code, 0)
})

test('identities are unique', async () => {
  const ids = labHosts.map(({ name }) => readFileSync(join(paths.hosts, name, 'etc/machine-id'), 'utf8'))
  assert.equal(new Set(ids).size, labHosts.length)
  const keys = readFileSync(paths.knownHosts, 'utf8').trim().split('\n')
  assert.equal(new Set(keys.map((line) => line.split(' ')[2])).size, keys.length)
  assert.equal(keys.length, labHosts.length * 3)
})

test('mail to anyone at lab.example is kept where a test can read it', async () => {
  const mark = `mark-${process.pid}-${Date.now()}`
  const send = `printf '%s\\n' 'Subject: ${mark}' '' 'text' | sendmail -f upkeep@lab.example liaison@lab.example`
  const sent = await labExec('ops', `${send}; sleep 1; grep -rl ${mark} /srv/mail`, where)
  assert.match(sent.stdout, /^\/srv\/mail\/liaison\/new\/[^\n]+\n$/, sent.stderr)
})
