import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Deployment } from '@pulumi/pulumi/automation/index.js'
import { isOwed, settle } from '../../stacks/settle.ts'

type Resource = Readonly<Record<string, unknown>> & { readonly urn: string }
type State = { readonly resources: readonly Resource[]; readonly pending_operations?: readonly object[] }

const tags = { 'upkeep:estate': 'acme', 'upkeep:stack': 'backup', 'upkeep:tier': 'core' }
const of = (type: string, name: string, inputs: object): Resource => ({
  urn: `urn:pulumi:backup::upkeep::${type}::${name}`,
  type,
  inputs,
})
const bucket = of('aws:s3/bucket:Bucket', 'store', { bucket: 'acme-core', tags })
const user = of('aws:iam/user:User', 'writer', { name: 'acme-core', tags })
const creating = (resource: Resource) => ({ type: 'creating', resource })

/** A state and an account as the engine has them: a refresh reads the account, and drops what is not there. */
function stackOf(
  context: TestContext,
  pending: readonly Resource[],
  account: Readonly<Record<string, object>>,
) {
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-settle-'))
  context.after(() => rmSync(directory, { recursive: true }))
  let state: State = { resources: [], pending_operations: pending.map(creating) }
  let refreshes = 0
  let isDown = false
  const warnings: string[] = []
  const work = {
    stack: 'backup',
    directory,
    env: {},
    told: ({ warning }: { readonly warning: string }) => void warnings.push(warning),
    lives: async () => false,
  }
  const stack = {
    cancel: async () => {},
    exportStack: async (): Promise<Deployment> => ({ version: 3, deployment: state }),
    importStack: async ({ deployment }: Deployment) => void (state = deployment as State),
    async refresh() {
      refreshes += 1
      if (isDown) throw new Error('the account does not answer')
      const resources = state.resources.flatMap((one) => {
        const found = account[one.urn]
        return found === undefined ? [] : [{ ...one, outputs: found }]
      })
      state = { resources, pending_operations: [] }
    },
  }
  return {
    stack,
    work,
    warnings,
    known: () => state.resources.map(({ urn }) => urn),
    refreshes: () => refreshes,
    down: (is: boolean) => void (isDown = is),
  }
}

test('what was made with our tags is taken over; what was not made is dropped, and made again later', async (context) => {
  const { stack, work, known, refreshes } = stackOf(context, [bucket, user], { [bucket.urn]: { tags } })
  assert.equal(await settle(stack, work), undefined)
  assert.deepEqual(known(), [bucket.urn])
  assert.equal(isOwed(work), false)
  assert.equal(await settle(stack, work), undefined)
  assert.equal(refreshes(), 1, 'nothing is left to settle')
})

test('an account that did not answer is read by the next one: what was adopted is never left unread', async (context) => {
  const { stack, work, known, refreshes, down } = stackOf(context, [bucket, user], {
    [bucket.urn]: { tags },
  })
  down(true)
  await assert.rejects(settle(stack, work), /does not answer/)
  assert.equal(isOwed(work), true)
  // As the engine does: pending operations are gone from the state by now.
  await assert.rejects(settle(stack, work), /does not answer/)
  down(false)
  assert.equal(await settle(stack, work), undefined)
  assert.deepEqual(known(), [bucket.urn], 'the user was never made')
  assert.deepEqual([refreshes(), isOwed(work)], [3, false])
})

for (const [whose, found] of [
  ['of another estate', { tags: { ...tags, 'upkeep:estate': 'other' } }],
  ['of another stack', { tags: { ...tags, 'upkeep:stack': 'monitoring' } }],
  ['without tags', {}],
  ['of somebody', { tags: { owner: 'me' } }],
] as const)
  test(`a bucket ${whose} is not taken over by its name, and is left as it is`, async (context) => {
    const { stack, work, known } = stackOf(context, [bucket, user], {
      [bucket.urn]: found,
      [user.urn]: { tags },
    })
    const problem = await settle(stack, work)
    assert.equal(problem?.code, 'stack/not-ours')
    assert.equal(problem.found, 'aws:s3/bucket:Bucket acme-core')
    assert.deepEqual(known(), [user.urn])
    assert.equal(isOwed(work), false)
  })

test('a stranger is still one when its reading was owed', async (context) => {
  const { stack, work, known, down } = stackOf(context, [bucket], { [bucket.urn]: {} })
  down(true)
  await assert.rejects(settle(stack, work))
  down(false)
  assert.equal((await settle(stack, work))?.code, 'stack/not-ours')
  assert.deepEqual(known(), [])
})

test('tags that somebody has added do not make it a stranger', async (context) => {
  const { stack, work, known } = stackOf(context, [bucket], {
    [bucket.urn]: { tags: { ...tags, cost: 'it' } },
  })
  assert.equal(await settle(stack, work), undefined)
  assert.deepEqual(known(), [bucket.urn])
})

test('each stack owes by itself, and a name is never a path', async (context) => {
  const { stack, work, down } = stackOf(context, [bucket], {})
  down(true)
  await assert.rejects(settle(stack, { ...work, stack: 'backup-../x' }))
  assert.deepEqual(readdirSync(work.directory), ['unread-backup-..%2Fx.json'])
  assert.equal(isOwed(work), false)
})
