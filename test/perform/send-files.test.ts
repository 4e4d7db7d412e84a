import assert from 'node:assert/strict'
import test from 'node:test'
import type { FileToSend } from '../../connect/transfer.ts'
import type { Host } from '../../connect/remote.ts'
import { perform } from '../../playbooks/perform/perform.ts'
import { ok } from '../../schemas/problem.ts'
import { performing, printed, simulatedHostWorld } from './world.ts'

const files = [
  { sha256: 'a'.repeat(64), path: '/var/lib/upkeep/packages/r1/new/one.deb' },
  { sha256: 'b'.repeat(64), path: '/var/lib/upkeep/packages/r1/old/one.deb' },
]

/** What was asked and sent for packages of so many bytes, on a host that has the first file already. */
async function sending(bytes: number) {
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
      return ok(undefined)
    },
  }
  const world = simulatedHostWorld({ change: { host: async () => ok(host as unknown as Host) } })
  const { planned, step, context } = performing(world, { kind: 'packages.send', files })
  const version = { version: '1', sha256: 'a'.repeat(64), bytes }
  const one = { ...planned.packages[0], name: 'one', from: null, to: version } as (typeof planned.packages)[0]
  const end = await perform(world, { ...planned, packages: [one] }, step, context)
  return { asked, sent, said: end.said }
}

test('of much only what is not there yet is sent', async () => {
  const { asked, sent, said } = await sending(300_000_000)
  assert.deepEqual(asked, [files.flatMap(({ path, sha256 }) => [path, sha256])])
  assert.deepEqual(sent, ['/var/lib/upkeep/packages/r1/old/one.deb'])
  assert.match(said, /^2 files on the host, 1 of them sent now/)
})

test('little is sent without a question, which would cost the host a command', async () => {
  const { asked, sent } = await sending(2_000)
  assert.deepEqual(asked, [])
  assert.deepEqual(
    sent,
    files.map(({ path }) => path),
  )
})
