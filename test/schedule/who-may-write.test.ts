import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { writableByOthers } from '../../playbooks/schedule/who-may-write.ts'

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

function fileIn(context: TestContext): { readonly directory: string; readonly file: string } {
  const top = mkdtempSync(join(tmpdir(), 'upkeep-write-'))
  context.after(() => rmSync(top, { recursive: true }))
  const directory = join(top, 'program')
  mkdirSync(directory, { mode: 0o755 })
  const file = join(directory, 'main.ts')
  writeFileSync(file, '', { mode: 0o644 })
  return { directory, file }
}

async function found(file: string, as = own): Promise<readonly string[]> {
  return (await writableByOthers([file], as)).map(({ where, found: why }) => `${where}: ${String(why)}`)
}

test('what only root and the own user may write is good, also beneath a directory with the sticky bit', async (context) => {
  const { file } = fileIn(context)
  assert.deepEqual(await found(file), [])
  assert.deepEqual(await found(join(file, '../gone.ts')), [])
})

test('a file, or a directory that it lies in, that everybody may write is named', async (context) => {
  const { directory, file } = fileIn(context)
  chmodSync(file, 0o646)
  assert.deepEqual(await found(file), [`${file}: everybody may write there`])
  chmodSync(file, 0o644)
  chmodSync(directory, 0o757)
  assert.deepEqual(await found(file), [`${directory}: everybody may write there`])
  chmodSync(directory, 0o1757)
  assert.deepEqual(await found(file), [])
})

test('root, the own user and their groups may write, and no other', async () => {
  const path = '/srv/main.ts'
  const seen = async (changed: object, as: { uid: number; gid: number }) => {
    const look = async (place: string) => ({
      ...{ mode: 0o664, uid: 0, gid: 4711, isDirectory: () => place !== path },
      ...(place === path ? changed : { mode: 0o755, gid: 0 }),
    })
    return (await writableByOthers([path], as, look)).map(
      ({ where, found: why }) => `${where}: ${String(why)}`,
    )
  }
  const [mine, other] = [
    { uid: 4712, gid: 4711 },
    { uid: 4710, gid: 4709 },
  ]
  assert.deepEqual(await seen({}, mine), [])
  assert.deepEqual(await seen({}, other), [`${path}: group 4711 may write there`])
  assert.deepEqual(await seen({ gid: 0 }, other), [])
  assert.deepEqual(await seen({ uid: 4712 }, mine), [])
  assert.deepEqual(await seen({ uid: 4712 }, other), [`${path}: it belongs to user 4712`])
})
