import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { archivesOf, fetchRelease, fetchSecurity } from '../../lab/archives.ts'
import { labPaths } from '../../lab/layout.ts'
import { labDir } from './upkeep.ts'

// A machine that has fetched them once never does it again: without this nobody would notice that a bare one can not.
test('a bare machine fetches what the hosts are made of, and apart from it what is newer', async (context) => {
  const lab = labPaths(labDir)
  const directory = mkdtempSync(join(lab.cache, 'archives-of-a-test-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const paths = { ...lab, archives: directory }
  await fetchRelease(paths)
  const made = readdirSync(archivesOf(paths, 'release'))
  for (const name of ['nginx-light', 'postgresql-15', 'tryton-server', 'openssh-server', 'libc6'])
    assert.ok(
      made.some((file) => file.startsWith(`${name}_`)),
      name,
    )
  await fetchSecurity(paths, [join(lab.pristine, 'erp-test-web'), join(lab.pristine, 'erp-test-db')])
  const newer = readdirSync(archivesOf(paths, 'security'))
  assert.ok(newer.some((file) => file.startsWith('openssl_')))
  assert.deepEqual(
    newer.filter((file) => made.includes(file)),
    [],
  )
})
