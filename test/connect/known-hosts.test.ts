import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'

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
