import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { listeningPorts } from '../../playbooks/facts/listening-ports.ts'
import { compareAfterUse } from '../../playbooks/facts/manifest-compare.ts'
import { compareManifests, type Manifest } from '../../playbooks/facts/manifest.ts'

const sha = (letter: string) => letter.repeat(64)
const before: Manifest = {
  packages: { 'nginx:amd64': '1.22.1-9 i', 'libssl3:amd64': '3.0.20 i' },
  holds: ['nginx:amd64'],
  auto: ['libssl3:amd64'],
  units: { 'nginx.service': 'running', 'dbus.socket': 'active' },
  enabled: { 'nginx.service': 'enabled' },
  ports: ['tcp 0.0.0.0:80'],
  etc: {
    '/etc': 'd 755 0:0',
    '/etc/nginx/nginx.conf': `f 644 0:0 ${sha('a')}`,
    '/etc/shadow': `f 640 0:42 ${sha('b')}`,
    '/etc/localtime': 'l 0:0 /usr/share/zoneinfo/Etc/UTC',
    '/etc/a\\x0ab c': `f 644 0:0 ${sha('c')}`,
  },
}

describe('two manifests', () => {
  test('of the same host are equal', () =>
    assert.deepEqual(compareManifests(before, structuredClone(before)), []))

  test('are equal when a unit that had failed has not any more: a boot clears that', () => {
    const failed = { ...before, units: { ...before.units, 'certbot.service': 'failed', 'a.path': 'failed' } }
    const booted = { ...before, units: { ...before.units, 'certbot.service': 'running' } }
    assert.deepEqual(compareManifests(failed, booted), [])
    assert.deepEqual(compareManifests(before, failed), [
      'unit a.path: not active -> failed',
      'unit certbot.service: not active -> failed',
    ])
  })

  test('differ in words', () => {
    const after: Manifest = {
      packages: { 'nginx:amd64': '1.22.1-10 i', 'new:all': '1 i', 'libssl3:amd64': '3.0.20 F' },
      holds: [],
      auto: ['libssl3:amd64', 'new:all'],
      units: { 'nginx.service': 'failed', 'x.timer': 'active' },
      enabled: { 'nginx.service': 'masked', 'x.timer': 'enabled' },
      ports: ['tcp 0.0.0.0:8080'],
      etc: {
        '/etc': 'd 755 0:0',
        '/etc/nginx/nginx.conf': `f 600 33:33 ${sha('d')}`,
        '/etc/shadow': `f 644 0:42 ${sha('b')}`,
        '/etc/localtime': 'l 0:0 /usr/share/zoneinfo/Europe/Berlin',
        '/etc/a\\x0ab c': 'd 755 0:0',
        '/etc/constructor': `f 644 0:0 ${sha('e')}`,
      },
    }
    assert.deepEqual(compareManifests(before, after), [
      '/etc/a\\x0ab c: file -> directory',
      '/etc/constructor: new',
      '/etc/localtime: target /usr/share/zoneinfo/Etc/UTC -> /usr/share/zoneinfo/Europe/Berlin',
      '/etc/nginx/nginx.conf: content changed, mode 644 -> 600, owner 0:0 -> 33:33',
      '/etc/shadow: mode 640 -> 644',
      'hold nginx:amd64: gone',
      'mark auto new:all: new',
      'package libssl3:amd64: 3.0.20 i -> 3.0.20 F',
      'package new:all: not installed -> 1 i',
      'package nginx:amd64: 1.22.1-9 i -> 1.22.1-10 i',
      'port tcp 0.0.0.0:80: gone',
      'port tcp 0.0.0.0:8080: new',
      'unit dbus.socket: active -> not active',
      'unit file nginx.service: enabled -> masked',
      'unit file x.timer: not enabled -> enabled',
      'unit nginx.service: running -> failed',
      'unit x.timer: not active -> active',
    ])
    const ignore = ['/etc/*', 'package *', 'hold*', 'mark*', 'unit *', 'port tcp 0.0.0.0:80']
    assert.deepEqual(compareManifests(before, after, { ignore }), ['port tcp 0.0.0.0:8080: new'])
  })
})

test('a way back owes what the patch has changed, and not what somebody else changed since and it left alone', () => {
  const packages = (nginx: string) => ({ ...before.packages, 'nginx:amd64': nginx })
  const etc = (conf: string, mine?: string) => ({
    ...before.etc,
    '/etc/nginx/nginx.conf': `f 644 0:0 ${sha(conf)}`,
    ...(mine === undefined ? {} : { '/etc/mine': `f 644 0:0 ${sha(mine)}` }),
  })
  const patched = { ...before, packages: packages('1.22.1-10 i'), etc: etc('d') }
  const found = { ...patched, etc: etc('d', 'e'), holds: [] }
  const back = { ...found, packages: before.packages, etc: etc('a', 'e') }
  assert.deepEqual(compareAfterUse({ before, patched, found, now: back }), {
    owed: [],
    others: ['/etc/mine: new', 'hold nginx:amd64: gone'],
  })
  // What the patch changed and nobody else did is owed, and so is what the way back itself has changed.
  const half = { ...back, etc: etc('d', 'f') }
  assert.deepEqual(compareAfterUse({ before, patched, found, now: half }), {
    owed: [
      '/etc/mine: changed by somebody since, and by the way back again',
      '/etc/mine: new',
      '/etc/nginx/nginx.conf: content changed',
    ],
    others: ['hold nginx:amd64: gone'],
  })
})

test('a file of /etc that the way back took from an admin is owed, though it is as before the patch', () => {
  const own = { ...before.etc, '/etc/shadow': `f 640 0:42 ${sha('f')}` }
  const found = { ...before, etc: own }
  assert.deepEqual(compareAfterUse({ before, patched: before, found, now: before }), {
    owed: ['/etc/shadow: changed by somebody since, and by the way back again'],
    others: [],
  })
})

test('ports are read from the tables of the kernel, without clients that wait for an answer', () => {
  const rows = [
    { table: 'tcp', local: '0100007F:1538' },
    { table: 'tcp', local: '00000000:C350' },
    { table: 'tcp6', local: '00000000000000000000000001000000:1538' },
    { table: 'tcp6', local: '00000000000000000000000000000000:0016' },
    { table: 'tcp6', local: '000080FE00000000FF005450B6AD1DFE:0016' },
    { table: 'udp', local: '00000000:0044' },
    { table: 'udp', local: '00000000:C350' },
    { table: 'udp', local: '00000000:0044' },
  ]
  assert.deepEqual(listeningPorts(rows, { from: 32768, to: 60999 }), [
    'tcp 0.0.0.0:50000',
    'tcp 127.0.0.1:5432',
    'tcp [::1]:5432',
    'tcp [::]:22',
    'tcp [fe80::5054:ff:fe1d:adb6]:22',
    'udp 0.0.0.0:68',
  ])
})
