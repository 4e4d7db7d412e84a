import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { Answer } from '../../playbooks/facts/answer.ts'
import { readConffiles } from '../../playbooks/facts/conffiles.ts'
import { readDnfConfig } from '../../playbooks/facts/dnf-config.ts'
import { readDnfFiles } from '../../playbooks/facts/dnf-files-read.ts'
import { readDnfPending } from '../../playbooks/facts/dnf-pending-read.ts'
import { readHealth } from '../../playbooks/facts/doctor.ts'
import { readKeptConffiles } from '../../playbooks/facts/kept-conffiles.ts'
import { readManifest } from '../../playbooks/facts/manifest.ts'
import { readFetched } from '../../playbooks/facts/package-files-read.ts'
import { readPatched } from '../../playbooks/facts/patched.ts'
import { readPending } from '../../playbooks/facts/pending-read.ts'
import { readStale } from '../../playbooks/facts/restarts.ts'
import { readMounts } from '../../playbooks/facts/mounts.ts'
import { readUpdaters } from '../../playbooks/facts/updaters.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import { answerOf, casesOf, seen } from './case.ts'

const atHostTime = { before: 1_795_000_000_000, after: 1_795_000_000_400 }

// The answers about package files are read with the pending upgrades that they belong to.
function readFiles(answer: Answer): Result<unknown> {
  const [upgrades] = casesOf('pending').filter((one) => one.name === 'security')
  const pending = readPending(upgrades?.answer ?? answerOf(''))
  const o = { planId: 'rec', wanted: () => true, oldVersions: 'required' } as const
  return pending.ok ? readFetched(answer, pending.value, o) : pending
}

function readRpms(answer: Answer): Result<unknown> {
  const [upgrades] = casesOf('dnf-pending').filter((one) => one.name === 'security')
  const pending = readDnfPending(upgrades?.answer ?? answerOf(''))
  const o = { planId: 'rec', wanted: () => true, oldVersions: 'required' } as const
  return pending.ok ? readDnfFiles(answer, pending.value, o) : pending
}

const readers: Readonly<Record<string, (answer: Answer) => Result<unknown>>> = {
  pending: readPending,
  'package-files': readFiles,
  conffiles: readConffiles,
  'dnf-pending': readDnfPending,
  'dnf-files': readRpms,
  'dnf-config': readDnfConfig,
  'dnf-manifest': (answer) => readManifest(answer, 'rpm'),
  'kept-conffiles': readKeptConffiles,
  patched: readPatched,
  stale: readStale,
  manifest: readManifest,
  updaters: readUpdaters,
  mounts: readMounts,
  health: (answer) => ok(readHealth(answer, atHostTime)),
}

for (const [fact, read] of Object.entries(readers)) {
  describe(`recorded answers: ${fact}`, () => {
    for (const { name, answer, expected } of casesOf(fact)) {
      test(name, () => assert.deepEqual(seen(read(answer)), expected))

      test(`${name}: without any one of its parts it is no answer`, () => {
        const whole = JSON.stringify(seen(read(answer)))
        for (const part of answer.sections.keys()) {
          const sections = new Map([...answer.sections].filter(([section]) => section !== part))
          const said = JSON.stringify(seen(read({ ...answer, sections })))
          assert.ok(
            said === whole || /fact\/incomplete|"fail"/.test(said),
            `without ${part}: ${said.slice(0, 200)}`,
          )
          if (said === whole) assert.match(whole, /"problems"/, `${part} is never read`)
        }
      })
    }
  })
}
