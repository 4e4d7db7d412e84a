import assert from 'node:assert/strict'
import test from 'node:test'
import { outputSaid, restartsSaid, shortReasons, waitsSaid } from '../../playbooks/perform/said.ts'

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

test('of a failed installation people read the reason and what the package itself said', () => {
  const output = `Reading package lists...
Unpacking oa-portal (2.0) over (1.0) ...
Setting up oa-portal (2.0) ...
no licence found
dpkg: error processing package oa-portal (--install):
 installed oa-portal package post-installation script subprocess returned error exit status 1
Errors were encountered while processing:
 oa-portal
E: Sub-process /usr/bin/dpkg returned an error code (1)
`
  assert.equal(
    outputSaid(output),
    'no licence found | dpkg: error processing package oa-portal (--install): | installed oa-portal package post-installation script subprocess returned error exit status 1 | E: Sub-process /usr/bin/dpkg returned an error code (1)',
  )
})

test('of a good one the last lines, and for whom it waited', () => {
  assert.equal(outputSaid('a\nb\nc\nd\ne\n'), 'b | c | d | e')
  assert.equal(outputSaid('waited for process 7 (apt), 9 s\na\nb\nc\nd\n'), 'waited for process 7 (apt), 9 s')
})

test('for whom it waits is said while it does', () => {
  const output = 'a\nwaiting for process 7 (apt)\nWaiting for cache lock: held by process 8 (dpkg)\rb'
  assert.deepEqual(waitsSaid(output), [
    'waiting for process 7 (apt)',
    'waiting for cache lock: held by process 8 (dpkg)',
  ])
})
