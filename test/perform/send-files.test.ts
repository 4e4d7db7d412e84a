import assert from 'node:assert/strict'
import test from 'node:test'
import type { FileToSend } from '../../connect/transfer.ts'
import type { Host } from '../../connect/remote.ts'
import { perform } from '../../playbooks/perform/perform.ts'
import { fail, ok } from '../../schemas/problem.ts'
import { performing, printed, simulatedHostWorld } from './world.ts'

const files = [
  { sha256: 'a'.repeat(64), path: '/var/lib/upkeep/packages/r1/new/one.deb' },
  { sha256: 'b'.repeat(64), path: '/var/lib/upkeep/packages/r1/old/one.deb' },
]

type Case = {
  readonly bytes: number
  readonly id?: string
  readonly resume?: boolean
  readonly isCut?: boolean
}

/** What was asked and sent for packages of so many bytes, on a host that has the first file already. */
async function sending({ bytes, id = 'packages.send', resume = false, isCut = false }: Case) {
  const asked: (readonly string[])[] = []
  const sent: string[] = []
  const host = {
    name: 't',
    run: async (_: string, { args = [] }: { readonly args?: readonly string[] }) => {
      asked.push(args)
      return printed('there\nmissing\n')
    },
    send: async (some: readonly FileToSend[]) => {
      sent.push(...some.map(({ to }) => to))
      const isFirst = sent.length === files.length
      return isCut && isFirst ? fail({ code: 'host/lost', what: 'The link is gone.' }) : ok(undefined)
    },
  }
  const world = simulatedHostWorld({ change: { host: async () => ok(host as unknown as Host) } })
  const { planned, step, context } = performing(world, { kind: 'packages.send', files }, resume)
  const version = { version: '1', sha256: 'a'.repeat(64), bytes }
  const one = { ...planned.packages[0], name: 'one', from: null, to: version } as (typeof planned.packages)[0]
  const end = await perform(world, { ...planned, packages: [one] }, { ...step, id }, context)
  return { asked, sent, said: end.said }
}

const paths = files.map(({ path }) => path)
const question = files.flatMap(({ path, sha256 }) => [path, sha256])

test('of much only what is not there yet is sent', async () => {
  const { asked, sent, said } = await sending({ bytes: 300_000_000 })
  assert.deepEqual(asked, [question])
  assert.deepEqual(sent, [paths[1]])
  assert.match(said, /^2 files on the host, 1 of them sent now/)
})

test('little is sent without a question, which would cost the host a command', async () => {
  const { asked, sent } = await sending({ bytes: 2_000 })
  assert.deepEqual(asked, [])
  assert.deepEqual(sent, paths)
})

test('after a link that was cut, what is there is asked for, which may be tried again', async () => {
  const { asked, sent, said } = await sending({ bytes: 2_000, isCut: true })
  assert.deepEqual(asked, [question])
  assert.deepEqual(sent, [...paths, paths[1]])
  assert.match(said, /^2 files on the host, 1 of them sent now/)
})

for (const again of [{ resume: true }, { id: 'packages.send-back' }])
  test(`a way back or a second try needs nothing that the host has: ${JSON.stringify(again)}`, async () => {
    const { asked, sent } = await sending({ bytes: 2_000, ...again })
    assert.deepEqual(asked, [question])
    assert.deepEqual(sent, [paths[1]])
  })
