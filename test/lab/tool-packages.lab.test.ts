import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { local } from '../../connect/local.ts'
import { installTools, presentTools, removeTools } from '../../lab/tool-packages.ts'

// Small packages that nothing needs; the first that this machine does not have is brought and taken away.
const candidates = ['hello', 'sl', 'cowsay', 'figlet']

const isHere = async (name: string) =>
  (await local(['dpkg-query', '-W', '-f', '${db:Status-Abbrev}', name])).stdout.startsWith('ii')

test('what is installed on a machine that never had a lab is recorded, and goes again', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'upkeep-tools-'))
  const record = join(dir, 'never/made/installed-packages')
  let name: string | undefined
  for (const one of candidates) if (name === undefined && !(await isHere(one))) name = one
  assert.ok(name !== undefined, `every one of ${candidates.join(', ')} is installed here`)
  const said: string[] = []
  try {
    const added = await installTools(record, (line) => said.push(line), [name])
    assert.ok(added.includes(name), added.join(' '))
    assert.ok(await isHere(name))
    assert.match(said.join('\n'), new RegExp(`installing on this machine: .*\\b${name}\\b`))
    assert.deepEqual(await installTools(record, (line) => said.push(line), [name]), [])
    assert.ok((await presentTools(record)).includes(name))
  } finally {
    assert.deepEqual(await removeTools([name]), [])
    await rm(dir, { recursive: true, force: true })
  }
  assert.equal(await isHere(name), false)
})
