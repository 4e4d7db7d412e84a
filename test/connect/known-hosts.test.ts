import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  fingerprint,
  judgeKey,
  knownTypes,
  parseKnownHosts,
  readKnownHosts,
} from '../../connect/known-hosts.ts'

const dir = mkdtempSync(join(tmpdir(), 'upkeep-known-'))
after(() => rmSync(dir, { recursive: true }))

function newKey(name: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(dir, name)])
  return readFileSync(join(dir, `${name}.pub`), 'utf8').trim()
}
const good = newKey('good')
const other = newKey('other')
const bytes = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64')

function verdict(
  text: string,
  host: { address: string; port?: number; name?: string },
  shown = good,
): string {
  const keys = parseKnownHosts(text, 'known')
  if (!keys.ok) return keys.problems.map((problem) => `${problem.where} ${problem.code}`).join()
  return judgeKey(keys.value, { name: 'erp-app-1', port: 22, ...host }, bytes(shown))?.code ?? 'known'
}

describe('known_hosts lines', () => {
  const cases: readonly [
    why: string,
    text: string,
    host: { address: string; port?: number },
    want: string,
  ][] = [
    ['by address', `10.0.0.1 ${good}`, { address: '10.0.0.1' }, 'known'],
    ['by estate name', `erp-app-1 ${good}`, { address: '10.0.0.1' }, 'known'],
    ['in a list', `a,10.0.0.1,b ${good} a comment`, { address: '10.0.0.1' }, 'known'],
    ['in any case', `ERP.Example ${good}`, { address: 'erp.example' }, 'known'],
    ['other host', `10.0.0.2 ${good}`, { address: '10.0.0.1' }, 'host/key-unknown'],
    ['prefix only', `10.0.0.10 ${good}`, { address: '10.0.0.1' }, 'host/key-unknown'],
    ['other key', `10.0.0.1 ${other}`, { address: '10.0.0.1' }, 'host/key-changed'],
    ['one of two keys', `10.0.0.1 ${other}\n10.0.0.1 ${good}`, { address: '10.0.0.1' }, 'known'],
    ['port', `[10.0.0.1]:2222 ${good}`, { address: '10.0.0.1', port: 2222 }, 'known'],
    ['port without brackets', `10.0.0.1 ${good}`, { address: '10.0.0.1', port: 2222 }, 'host/key-unknown'],
    ['other port', `[10.0.0.1]:2222 ${good}`, { address: '10.0.0.1' }, 'host/key-unknown'],
    ['wildcard', `*.example,10.0.?.1 ${good}`, { address: '10.0.0.1' }, 'known'],
    ['dot is a dot', `10.0.0.1 ${good}`, { address: '10x0.0.1' }, 'host/key-unknown'],
    ['negated', `10.0.0.*,!10.0.0.1 ${good}`, { address: '10.0.0.1' }, 'host/key-unknown'],
    ['revoked', `@revoked * ${good}\n10.0.0.1 ${good}`, { address: '10.0.0.1' }, 'host/key-revoked'],
    [
      'revoked elsewhere',
      `@revoked x ${good}\n10.0.0.1 ${good}`,
      { address: '10.0.0.1' },
      'host/key-revoked',
    ],
    ['another revoked', `@revoked * ${other}\n10.0.0.1 ${good}`, { address: '10.0.0.1' }, 'known'],
    ['authority', `@cert-authority *.0.0.1 ${good}`, { address: '10.0.0.1' }, 'host/certificate'],
    ['authority and key', `@cert-authority * ${other}\n10.0.0.1 ${good}`, { address: '10.0.0.1' }, 'known'],
    ['empty', '# nothing\n\n', { address: '10.0.0.1' }, 'host/key-unknown'],
    ['no key', `\n10.0.0.1 ssh-ed25519`, { address: '10.0.0.1' }, 'known:2 host/known-hosts'],
    ['torn key', `10.0.0.1 ssh-ed25519 AAAA`, { address: '10.0.0.1' }, 'known:1 host/known-hosts'],
    [
      'wrong type',
      `10.0.0.1 ${good.replace('ed25519', 'rsa')}`,
      { address: '10.0.0.1' },
      'known:1 host/known-hosts',
    ],
    ['unknown mark', `@trusted 10.0.0.1 ${good}`, { address: '10.0.0.1' }, 'known:1 host/known-hosts'],
  ]
  for (const [why, text, host, want] of cases)
    test(`${why}: ${want}`, () => assert.equal(verdict(text, host), want))

  test('hashed by OpenSSH itself, with and without a port', () => {
    const path = join(dir, 'hashed')
    writeFileSync(path, `10.0.0.1 ${good}\n[10.0.0.2]:2222 ${other}\n`)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' })
    const text = readFileSync(path, 'utf8')
    assert.doesNotMatch(text, /10\.0/)
    assert.equal(verdict(text, { address: '10.0.0.1' }), 'known')
    assert.equal(verdict(text, { address: '10.0.0.2', port: 2222 }, other), 'known')
    assert.equal(verdict(text, { address: '10.0.0.2', port: 2222 }, good), 'host/key-changed')
    assert.equal(verdict(text, { address: '10.0.0.3' }), 'host/key-unknown')
  })
})

test('fingerprints are those of ssh-keygen', () => {
  const said = execFileSync('ssh-keygen', ['-lf', join(dir, 'good.pub')]).toString()
  assert.equal(said.split(' ')[1], fingerprint(bytes(good)))
})

test('a changed key is shown beside the one expected', () => {
  const keys = parseKnownHosts(`10.0.0.1 ${other}`, 'known')
  assert.ok(keys.ok)
  const problem = judgeKey(keys.value, { name: 'db', address: '10.0.0.1', port: 22 }, bytes(good))
  assert.equal(problem?.found, `ssh-ed25519 ${fingerprint(bytes(good))}`)
  assert.equal(problem?.expected, `ssh-ed25519 ${fingerprint(bytes(other))}`)
  assert.match(problem?.where ?? '', /^db /)
})

test('key types of a host leave out revoked ones and those of authorities', () => {
  const keys = parseKnownHosts(`a ${good}\n@revoked a ${other}\n@cert-authority a ${other}`, 'known')
  assert.ok(keys.ok)
  assert.deepEqual(knownTypes(keys.value, { name: 'x', address: 'a', port: 22 }), ['ssh-ed25519'])
})

test('a file that can not be read is a problem, not an empty list', async () => {
  for (const path of [join(dir, 'missing'), dir]) {
    const keys = await readKnownHosts(path)
    assert.equal(keys.ok ? '' : keys.problems[0]?.code, 'host/known-hosts')
  }
})

test('a file of known hosts is read once for all connections, and again as soon as it has changed', async () => {
  const path = join(dir, 'shared')
  const key = (line: string) => `10.0.0.1 ${line}\n`
  const keysNow = async () => {
    const read = await readKnownHosts(path)
    assert.ok(read.ok)
    return read.value
  }
  writeFileSync(path, key(good))
  const first = await keysNow()
  assert.equal(await keysNow(), first, 'the same keys, not equal ones')
  // Not before its time has passed is a file taken for unchanged by its times alone: this has the same size.
  writeFileSync(path, key(other))
  const second = await keysNow()
  assert.deepEqual(second[0]?.key, bytes(other))
  await sleep(2_100)
  assert.equal(await keysNow(), second)
  assert.equal(await keysNow(), second)
  writeFileSync(path, key(good))
  assert.deepEqual((await keysNow())[0]?.key, bytes(good))
  rmSync(path)
  assert.equal((await readKnownHosts(path)).ok, false)
})

test('of many lines those of a host are found by its name, not one by one', () => {
  const lines = Array.from({ length: 5_000 }, (_, at) => `host-${at},10.1.${at >> 8}.${at & 255} ${good}`)
  const keys = parseKnownHosts(
    ['host-7? !host-77 ' + good, ...lines].join('\n').replace('? !', '?,!'),
    'known',
  )
  assert.ok(keys.ok)
  const before = process.cpuUsage()
  for (let at = 0; at < 5_000; at += 1)
    assert.equal(judgeKey(keys.value, { name: `HOST-${at}`, address: 'x', port: 22 }, bytes(good)), undefined)
  const { user, system } = process.cpuUsage(before)
  // One by one it is 25 million lines, a minute.
  assert.ok(user + system < 5_000_000, `${(user + system) / 1e6} s of processor time`)
  assert.deepEqual(knownTypes(keys.value, { name: 'host-70', address: 'x', port: 22 }), ['ssh-ed25519'])
})
