import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { host } from './host.ts'

const running = release()
const kernels = { kernels: true, where: [], what: [], regenerable: true, budget: { files: 10, bytes: 1e12 } }

/** A host whose package manager says what the files below `db` say: installed packages, and what else a removal would do. */
function debian(t: TestContext, releases: readonly string[], also = '') {
  const h = host(t)
  const bin = join(h.top, 'bin')
  mkdirSync(bin)
  const lines = releases.flatMap((one, index) =>
    ['image', 'headers'].map((kind) => `ii \tlinux-${kind}-${one}\t${index + 1}`),
  )
  writeFileSync(join(h.top, 'db'), `${[...lines, 'ii \tlinux-image-amd64\t99'].join('\n')}\n`)
  const put = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  put('dpkg', 'shift; [ "$1" -lt "$3" ]')
  // The pattern of the last argument is kept: linux-image-* or linux-*.
  put(
    'dpkg-query',
    `case "$*" in *linux-image*) grep linux-image- ${h.top}/db ;; *) grep linux- ${h.top}/db ;; esac`,
  )
  put(
    'apt-get',
    `echo "$@" >>${h.top}/said
packages=; for one; do case $one in linux-*) packages="$packages $one" ;; esac; done
case " $* " in
*" -s "*) for one in $packages; do echo "Remv $one [1]"; done; ${also === '' ? ':' : `echo '${also}'`} ;;
*) for one in $packages; do grep -v "$one	" ${h.top}/db >${h.top}/db.new; mv ${h.top}/db.new ${h.top}/db; done ;;
esac`,
  )
  const path = { PATH: `${bin}:${process.env['PATH'] ?? ''}` }
  return {
    clean: (changes: object = {}) => h.clean({ ...kernels, ...changes }, {}, path),
    left: () => readFileSync(join(h.top, 'db'), 'utf8').match(/linux-image-\S+/g),
    said: () => readFileSync(join(h.top, 'said'), 'utf8').trim().split('\n'),
  }
}

test('the kernel that runs, the newest, and the newest before the one that runs stay; the others go with their headers', (t) => {
  const d = debian(t, ['1.0', '2.0', '3.0', running, '8.0', '9.0'])
  const row = d.clean()
  assert.deepEqual([row.refused, row.takenFiles], [null, 6])
  assert.deepEqual(d.left(), [
    'linux-image-3.0',
    `linux-image-${running}`,
    'linux-image-9.0',
    'linux-image-amd64',
  ])
  assert.equal(d.said().length, 2, 'what apt would do is read first')
  assert.deepEqual(d.clean().files, 0)
})

test('where apt would touch another package, nothing is removed', (t) => {
  for (const line of ['Remv erp-server [7]', 'Inst linux-image-10.0 (1)']) {
    const d = debian(t, ['1.0', '2.0', running, '9.0'], line)
    const row = d.clean()
    assert.equal(row.refused?.code, 'kernels')
    assert.match(row.refused?.found ?? '', /erp-server|linux-image-10/)
    assert.equal(d.said().length, 1)
    assert.equal(d.left()?.length, 5)
  }
})

test('where the kernel that runs is no package, or more would go than the budget has, nothing is removed', (t) => {
  assert.equal(debian(t, ['1.0', '2.0']).clean().refused?.code, 'kernels')
  const d = debian(t, ['1.0', '2.0', running])
  assert.equal(d.clean({ budget: { files: 1, bytes: 1e12 } }).refused?.code, 'budget')
  assert.equal(d.left()?.length, 4)
})
