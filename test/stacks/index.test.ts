import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import * as pulumi from '@pulumi/pulumi'
import { recording } from './recorded.ts'

// The entry of `pulumi up`, in the order in which it works: what is wrong is said before a resource is asked for.

const estates = join(import.meta.dirname, '../schemas/estates')
let runs = 0

/** Runs the entry anew, as the language host does for each `pulumi up`. */
async function up(stack: string, estate: string | null): Promise<Record<string, unknown>> {
  const recorded = recording(stack)
  pulumi.runtime.setAllConfig(estate === null ? {} : { 'upkeep:estate': estate })
  runs += 1
  try {
    const { made } = (await import(`../../stacks/index.ts?run=${runs}`)) as { made: Record<string, unknown> }
    // What was asked for comes in its own time, and belongs to this run.
    await pulumi.runtime.disconnect()
    return made
  } catch (cause) {
    assert.deepEqual(recorded, [], 'nothing was asked for')
    throw cause
  }
}

const stackOf: Readonly<Record<string, string>> = {
  offsite: 'backup',
  'cloud-monitoring': 'monitoring',
  'cloud-window': 'windows',
}
const invalid = readdirSync(join(estates, 'invalid')).flatMap((file) => {
  const subject = /^(offsite|cloud-monitoring|cloud-window)-.*yaml$/.exec(file)?.[1]
  return subject === undefined ? [] : [{ file, stack: stackOf[subject] ?? '' }]
})

test('there are wrong estates for each program', () => {
  for (const program of ['backup', 'monitoring', 'windows'])
    assert.ok(invalid.filter(({ stack }) => stack === program).length >= 9, program)
})

for (const { file, stack } of invalid) {
  test(`${file} is refused with its place, and nothing is asked for`, async () => {
    const path = join(estates, 'invalid', file)
    await assert.rejects(up(stack, path), (cause: Error) => {
      assert.ok(pulumi.RunError.isInstance(cause), 'ends without a stack trace')
      assert.match(cause.message, new RegExp(`${file}:\\d+:\\d+ {2}estate/`))
      return true
    })
  })
}

test('a file that is not there is refused with what to do', async () => {
  const path = join(estates, 'nowhere.yaml')
  assert.ok(!existsSync(path))
  await assert.rejects(
    up('backup', path),
    /no estate file at .*nowhere\.yaml .*pulumi config set estate FILE/,
  )
})

test('an entry without its setting is refused with its name', async () => {
  await assert.rejects(up('backup', null), /upkeep:estate/)
})

test('a stack of no program is refused, and nothing is asked for', async () => {
  await assert.rejects(up('monitor', join(estates, 'valid/offsite.yaml')), /Found: monitor/)
})

test('a window that AWS can not have is no mistake of an estate that does not ask for it', async () => {
  await assert.rejects(
    up('windows', join(estates, 'valid/seconds-for-a-lab.yaml')),
    /input\/stack-empty[\s\S]*Add "cloudWindows:" to the estate/,
  )
})

test('the windows of an estate are made', async () => {
  assert.deepEqual(Object.keys(await up('windows', 'test/schemas/estates/valid/cloud-windows.yaml')), [
    'erp',
    'oa',
  ])
})

test('the monitoring host of an estate is made', async () => {
  assert.deepEqual(Object.keys(await up('monitoring', 'test/schemas/estates/valid/cloud-monitoring.yaml')), [
    'instance',
    'figures',
    'bucket',
    'vpc',
    'routeTable',
    'topic',
  ])
})

test('an estate relative to the project is read, and its stores are made', async () => {
  assert.deepEqual(Object.keys(await up('backup', 'test/schemas/estates/valid/offsite.yaml')), [
    'core',
    'data',
  ])
})
