import assert from 'node:assert/strict'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { nspawnSnapshots } from '../../connect/snapshot/nspawn.ts'
import { nestedSubvolumes } from '../../lab/image.ts'
import { labPaths } from '../../lab/layout.ts'
import { must } from '../../lab/must.ts'
import { labReset } from '../../lab/reset.ts'
import { onHost } from './oa.ts'
import { labDir } from './upkeep.ts'

const host = 'oa-test'
const name = 'upkeep-subvolume-test'
const paths = labPaths(labDir)
const root = join(paths.hosts, host)
const kept = join(paths.fs, 'snapshots', host)
const fence = { estate: 'subvolume-test', token: 1, holder: 'test' }
const snapshots = nspawnSnapshots({ directory: paths.fs }, fence)

before(() => labReset([host], labDir))
after(() => labReset([host], labDir))

async function subvolume(path: string): Promise<void> {
  await must(['btrfs', 'subvolume', 'create', path])
  await writeFile(join(path, 'sentinel'), 'mine')
}

test('a snapshot with a subvolume inside is not taken; one that was made later is kept beside, and can be removed', async () => {
  await onHost(host, 'echo before >/srv/sentinel')
  await subvolume(join(root, 'srv/nested'))
  const refused = await snapshots.take(host, name)
  assert.equal(refused.ok ? 'ok' : refused.problems[0]?.code, 'snapshot/incomplete')
  assert.match(refused.ok ? '' : (refused.problems[0]?.found ?? ''), /srv\/nested$/)
  assert.equal(await onHost(host, 'cat /srv/nested/sentinel'), 'mine')
  assert.deepEqual(await snapshots.has(host, name), { ok: true, value: false })
  await must(['btrfs', 'subvolume', 'delete', join(root, 'srv/nested')])

  assert.ok((await snapshots.take(host, name)).ok)
  await onHost(host, 'echo after >/srv/sentinel')
  await subvolume(join(root, 'srv/later'))
  await mkdir(join(root, 'srv/later/with space'))
  await subvolume(join(root, 'srv/later/with space/-deeper'))
  assert.deepEqual(await snapshots.restore(host, name, 'once'), { ok: true, value: undefined })
  assert.equal(await onHost(host, 'cat /srv/sentinel'), 'before\n')
  const replaced = join(kept, `${name}.replaced.once/srv`)
  assert.equal(await readFile(join(replaced, 'sentinel'), 'utf8'), 'after\n')
  for (const place of ['later', 'later/with space/-deeper'])
    assert.equal(await readFile(join(replaced, place, 'sentinel'), 'utf8'), 'mine')

  assert.deepEqual(await snapshots.remove(host, name), { ok: true, value: undefined })
  assert.deepEqual(
    (await readdir(kept)).filter((file) => file.includes(name)),
    [],
  )
  assert.deepEqual(await nestedSubvolumes(root), [])
})
