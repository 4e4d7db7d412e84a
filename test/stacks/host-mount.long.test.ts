import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { hostMachine } from './host-machine.ts'

// The script of the monitoring host, run by sh, with the real blkid and mkfs.ext4 on files that stand for volumes. Mounting is a
// program of the test: that takes a device.

const mebibyte = 1 << 20

function machine(isMounted = false) {
  const host = hostMachine({ mount: '', mountpoint: isMounted ? '' : 'exit 32\n', resize2fs: '' })
  const volume = host.at('volume')
  return {
    volume,
    /** A volume of zeros, with some bytes at places. */
    made(some: readonly (readonly [number, string])[] = []) {
      const file = openSync(volume, 'w')
      for (const [at, text] of some) writeSync(file, text, at)
      closeSync(file)
      truncateSync(volume, 64 * mebibyte)
      return volume
    },
    digest: () => createHash('sha256').update(readFileSync(volume)).digest('hex'),
    label: () => execFileSync('blkid', ['-p', '-s', 'LABEL', '-o', 'value', volume]).toString().trim(),
    mount: () =>
      host.run('mount.sh', {
        UPKEEP_DEVICE: volume,
        UPKEEP_FIGURES: join(host.at('figures')),
        UPKEEP_TRIES: '1',
      }),
    mounts: (calls: readonly string[]) => calls.filter((call) => call.startsWith('mount ')),
  }
}

test('a volume that holds nothing gets a file system, once; after that it is mounted as it is', () => {
  const host = machine()
  host.made()
  const first = host.mount()
  assert.equal(first.status, 0, first.stderr)
  assert.equal(host.label(), 'upkeep-figures')
  assert.equal(host.mounts(first.calls).length, 1)
  const before = host.digest()
  const second = host.mount()
  assert.equal(second.status, 0, second.stderr)
  assert.equal(host.digest(), before, 'not a byte is another')
  assert.equal(host.mounts(second.calls).length, 1)
})

const others: Readonly<Record<string, (volume: string) => void>> = {
  'a file system with another label': (volume) =>
    execFileSync('mkfs.ext4', ['-q', '-L', 'accounts', volume], { stdio: 'ignore' }),
  'a file system without a label': (volume) => execFileSync('mkfs.ext4', ['-q', volume], { stdio: 'ignore' }),
  'swap space': (volume) => execFileSync('mkswap', ['-L', 'x', volume], { stdio: 'ignore' }),
}
for (const [what, make] of Object.entries(others))
  test(`${what} is left alone`, () => {
    const host = machine()
    make(host.made())
    const before = host.digest()
    const { status, stderr, calls } = host.mount()
    assert.equal(status, 1)
    assert.match(stderr, /has the label ".*", not "upkeep-figures": left alone/)
    assert.equal(host.digest(), before)
    assert.deepEqual(host.mounts(calls), [])
  })

test('bytes that nobody knows are left alone, wherever a head of something could be', () => {
  for (const at of [0, 70_000, 4 * mebibyte - 1]) {
    const host = machine()
    host.made([[at, 'x']])
    const before = host.digest()
    const { status, stderr } = host.mount()
    assert.equal(status, 1)
    assert.match(stderr, /holds something, and nothing that is known: left alone/)
    assert.equal(host.digest(), before)
  }
})

test('a volume that is not there yet is said; nothing is made', () => {
  const host = machine()
  const { status, stderr } = host.mount()
  assert.equal(status, 1)
  assert.match(stderr, /volume is not there/)
})

test('a volume that is mounted is not looked at', () => {
  const host = machine(true)
  host.made([[0, 'x']])
  const { status, calls } = host.mount()
  assert.equal(status, 0)
  assert.deepEqual(host.mounts(calls), [])
})
