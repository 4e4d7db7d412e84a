import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { ownMark } from '../../core/schedule/mark.ts'
import { putUnits } from '../../playbooks/schedule/put.ts'
import { standingOf } from '../../playbooks/schedule/standing.ts'

function room(context: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-units-'))
  context.after(() => rmSync(dir, { recursive: true, force: true }))
  const own = join(dir, 'own')
  const other = join(dir, 'other')
  for (const path of [own, other]) mkdirSync(path)
  const file = join(dir, 'estate.yaml')
  writeFileSync(file, '')
  const owner = { estate: 'acme', file, digest: 'd1' }
  const unit = (said: string, of = owner) => `${ownMark(of)}\n${said}\n`
  const wanted = { 'upkeep_acme_resume.service': unit('a'), 'upkeep_acme_resume.timer': unit('b') }
  const directories = { own, others: [other] }
  async function stands(files: Readonly<Record<string, string>> = wanted, of = owner) {
    const found = await standingOf(files, of, directories)
    return found.ok
      ? Object.fromEntries(found.value)
      : found.problems.map(({ code, where }) => `${code} ${where}`)
  }
  async function put(files: Readonly<Record<string, string>> = wanted): Promise<void> {
    const found = await standingOf(files, owner, directories)
    assert.ok(found.ok)
    await putUnits(own, files, found.value)
  }
  return { dir, own, other, file, owner, unit, wanted, stands, put }
}

test('what is not there is new, and once put, the same; nothing else lies there then', async (context) => {
  const { own, wanted, stands, put } = room(context)
  assert.deepEqual(Object.values(await stands()), ['new', 'new'])
  const umask = process.umask(0o077)
  await put()
  process.umask(umask)
  assert.deepEqual(Object.values(await stands()), ['same', 'same'])
  assert.deepEqual(readdirSync(own).toSorted(), Object.keys(wanted))
  for (const file of readdirSync(own)) assert.equal(statSync(join(own, file)).mode & 0o777, 0o644)
  const times = () => readdirSync(own).map((file) => statSync(join(own, file)).mtimeMs)
  const before = times()
  await put()
  assert.deepEqual(times(), before, 'what is the same is not written again')
})

test('a change of what it does is told from a new text of the estate', async (context) => {
  const { owner, unit, stands, put } = room(context)
  await put()
  const newer = { ...owner, digest: 'd2' }
  const files = {
    'upkeep_acme_resume.service': unit('a', newer),
    'upkeep_acme_resume.timer': unit('c', newer),
  }
  assert.deepEqual(Object.values(await stands(files, newer)), ['renewed', 'changed'])
  await put(files)
  assert.deepEqual(Object.values(await stands(files, newer)), ['same', 'same'])
})

test('what the estate has no longer is gone, also after it got another name', async (context) => {
  const { own, owner, unit, stands, put } = room(context)
  await put()
  const files = { 'upkeep_acme-2_resume.timer': unit('b', { ...owner, estate: 'acme-2' }) }
  assert.deepEqual(await stands(files, { ...owner, estate: 'acme-2' }), {
    'upkeep_acme-2_resume.timer': 'new',
    'upkeep_acme_resume.service': 'gone',
    'upkeep_acme_resume.timer': 'gone',
  })
  await put({})
  assert.deepEqual(readdirSync(own), [])
})

// Fault, people: a unit of the same name was written by somebody else. Outcome: named, and nothing is changed.
test('a unit of the same name that is not ours is named, wherever it lies, and stays', async (context) => {
  const { dir, own, other, owner, unit, stands } = room(context)
  const service = join(own, 'upkeep_acme_resume.service')
  const timer = join(own, 'upkeep_acme_resume.timer')
  const others = [
    '[Service]\nExecStart=/bin/true\n',
    `\n${ownMark(owner)}\n`,
    '# upkeep-schedule null\n',
    '# upkeep-schedule {"estate":1}\n',
    unit('a', { ...owner, file: dir }),
    unit('a', { ...owner, estate: 'other', file: dir }),
  ]
  for (const text of others) {
    writeFileSync(service, text)
    assert.deepEqual(await stands(), [`schedule/not-ours ${service}`], text)
    assert.equal(readFileSync(service, 'utf8'), text)
    assert.deepEqual(await stands({}), {}, 'and is not gone when nothing is wanted')
  }
  rmSync(service)
  // So does `systemctl mask`.
  symlinkSync('/dev/null', timer)
  assert.deepEqual(await stands(), [`schedule/not-ours ${timer}`])
  rmSync(timer)
  mkdirSync(timer)
  assert.deepEqual(await stands(), [`schedule/not-ours ${timer}`])
  rmSync(timer, { recursive: true })
  writeFileSync(join(other, 'upkeep_acme_resume.timer'), unit('b'))
  assert.deepEqual(await stands(), [`schedule/not-ours ${join(other, 'upkeep_acme_resume.timer')}`])
})

test('units of another estate, and other files, are not looked at', async (context) => {
  const { dir, own, owner, unit, stands } = room(context)
  writeFileSync(join(own, 'upkeep_shop_resume.timer'), unit('x', { ...owner, estate: 'shop', file: dir }))
  writeFileSync(join(own, 'nginx.service'), unit('x'))
  mkdirSync(join(own, 'upkeep_acme_resume.timer.d'))
  assert.deepEqual(Object.values(await stands()), ['new', 'new'])
  assert.deepEqual(await stands({}), {})
})

test('an estate file that has moved still owns its units', async (context) => {
  const { dir, owner, stands, put } = room(context)
  await put()
  rmSync(owner.file)
  const moved = { ...owner, file: join(dir, 'moved.yaml') }
  assert.deepEqual(Object.values(await stands({}, moved)), ['gone', 'gone'])
})

test('an estate file that can not be looked at may be there: its units are not those of its namesake', async (context) => {
  const { own, file, owner, unit, stands } = room(context)
  // As on a network that is down: an error, which is not that there is none.
  const away = { ...owner, file: join(file, 'below/estate.yaml') }
  writeFileSync(join(own, 'upkeep_acme_resume.timer'), unit('x', away))
  assert.deepEqual(await stands({}), {})
  const timer = join(own, 'upkeep_acme_resume.timer')
  assert.deepEqual(await stands(), [`schedule/not-ours ${timer}`])
})

test('an install that was broken off is finished by the next one', async (context) => {
  const { own, stands, put } = room(context)
  writeFileSync(join(own, 'upkeep_acme_resume.timer.upkeep-new'), 'half')
  await put()
  assert.deepEqual(Object.values(await stands()), ['same', 'same'])
  assert.equal(readdirSync(own).length, 2)
})

test('a directory that is not there has no units', async (context) => {
  const { dir, owner, wanted } = room(context)
  const found = await standingOf(wanted, owner, { own: join(dir, 'nowhere'), others: [] })
  assert.deepEqual(found.ok && [...found.value.values()], ['new', 'new'])
})
