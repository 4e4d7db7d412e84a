import assert from 'node:assert/strict'
import test from 'node:test'
import { restartsSaid, shortReasons } from '../../playbooks/perform/said.ts'

for (const [output, said] of [
  ['no reboot needed\n', 'nothing to restart'],
  [
    'restarted nginx.service\nrestarted ssh.service\nreboot needed: dbus.service runs replaced /usr/lib/a.so\nreboot needed: dbus.service runs replaced /usr/lib/b.so\n',
    'restarted nginx, ssh; reboot needed: dbus',
  ],
  ['restarted ssh.service\nfailed nginx.service\nno reboot needed\n', 'failed nginx; restarted ssh'],
  [
    'reexecuted process 1\nreboot needed: kernel 6.1.0-31 is installed, 6.1.0-30 runs\n',
    'reexecuted process 1; reboot needed: kernel 6.1.0-31 is installed, 6.1.0-30 runs',
  ],
] as const) {
  test(said, () => assert.equal(restartsSaid(output), said))
}

test('reasons for a reboot name each unit once', () => {
  const why = [
    'dbus.service runs replaced /a',
    'dbus.service runs replaced /b',
    'a package asked for it: libc6',
  ]
  assert.equal(shortReasons(why), 'dbus, a package asked for it: libc6')
})
