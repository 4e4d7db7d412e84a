import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { connectOpenSsh } from '../../connect/openssh.ts'
import { connectSsh, type Host } from '../../connect/ssh.ts'
import type { Sudo } from '../../connect/target.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import { labTarget } from './lab-target.ts'
import { sessions, startServer } from './sshd.ts'

const timeoutMs = 20_000
const dir = mkdtempSync(join(tmpdir(), 'upkeep-ssh-lab-'))
after(() => rmSync(dir, { recursive: true }))

function value<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(JSON.stringify(result.problems))
  return result.value
}
const code = (result: Result<unknown>) => (result.ok ? 'ok' : result.problems[0]?.code)

// By wrapper, by sudo password, behind the jump host.
for (const name of ['oa-test', 'erp-app2', 'erp-db2'])
  for (const [how, connect] of [
    ['node-ssh', connectSsh],
    ['ssh', connectOpenSsh],
  ] as const)
    describe(`${name} by ${how}`, () => {
      let host: Host
      test('is reached, as the user and as root', async () => {
        host = value(await connect(labTarget(name), { timeoutMs }))
        const args = ["it's 100% $HOME", '升级完成']
        const script = 'id -un; printf "%s\\n" "$@"; cat; exit 3'
        const user = value(await host.run(script, { root: false, args, timeoutMs }))
        assert.deepEqual([user.code, user.stdout], [3, `upkeep\n${args.join('\n')}\n`])
        const root = value(await host.run(script, { root: true, args, timeoutMs }))
        assert.deepEqual([root.code, root.stdout, root.stderr], [3, `root\n${args.join('\n')}\n`, ''])
      })
      test('takes a large script and gives a large answer', async () => {
        const script = `: '${'x'.repeat(1_500_000)}'; head -c 800000 /dev/zero | tr '\\0' y`
        const ran = value(await host.run(script, { root: true, timeoutMs }))
        assert.deepEqual([ran.code, ran.stdout.length], [0, 800_000])
      })
      test('takes files for root and gives them back', async () => {
        const bytes = randomBytes(5_000_000)
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        writeFileSync(join(dir, 'file'), bytes)
        value(await host.send([{ from: join(dir, 'file'), to: '/root/upkeep test', sha256 }], { timeoutMs }))
        const got = value(await host.receive('/root/upkeep test', () => {}, { timeoutMs, maxBytes: 1 << 30 }))
        assert.deepEqual(got, { bytes: bytes.length, sha256 })
        value(await host.run('rm "/root/upkeep test"', { root: true, timeoutMs }))
        host.close()
      })
    })

test('a wrong sudo password is refused after one attempt', async () => {
  const target = labTarget('erp-app2')
  const right = value(await connectSsh(target, { timeoutMs }))
  const wrongSudo: Sudo = { mode: 'password', password: async () => ok('wrong') }
  const wrong = value(await connectSsh({ ...target, sudo: wrongSudo }, { timeoutMs }))
  const refused = await wrong.run('echo not\nto\nbe\ntried', { root: true, timeoutMs })
  assert.equal(code(refused), 'host/sudo-refused')
  assert.match(JSON.stringify(refused), /1 incorrect password attempt/)
  assert.equal(value(await right.run('id -u', { root: true, timeoutMs })).stdout, '0\n')
  right.close()
  wrong.close()
})

test('a wrapper that sudo does not allow is refused', async () => {
  const sudo: Sudo = { mode: 'nopasswd', wrapper: '/bin/sh' }
  const host = value(await connectSsh({ ...labTarget('oa-test'), sudo }, { timeoutMs }))
  assert.equal(code(await host.run('id', { root: true, timeoutMs })), 'host/sudo-refused')
  host.close()
})

// Fault 3, links: a host falls silent (an sshd of this machine that is frozen). Outcome: lost after half a minute, not waited for without end.
test('a host that falls silent is lost after half a minute, not waited for without end', async () => {
  const server = await startServer()
  const host = value(await connectSsh(server.target('silent'), { timeoutMs }))
  const running = host.run('echo begun; sleep 300', { root: false, timeoutMs: 300_000 })
  await sleep(500)
  for (const pid of sessions(server.pid)) process.kill(pid, 'SIGSTOP')
  const begun = performance.now()
  const ran = value(await running)
  assert.deepEqual([ran.code, ran.lost, ran.stdout], [null, true, 'begun\n'])
  assert.ok(performance.now() - begun < 60_000)
  await server.stop()
})
