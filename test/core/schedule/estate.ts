import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { readEstate } from '../../../core/estate/read.ts'
import type { ResolvedEstate } from '../../../core/estate/resolved.ts'
import type { Estate } from '../../../schemas/estate.ts'

const sample = join(import.meta.dirname, '../../../playbooks/init-estate.yaml')

/** The estate to start from, changed: ERP (core, with rules of clean-up) and OA (office, without). */
export function sampleEstate(
  change: (estate: Estate) => void = () => {},
  path = '/srv/acme/estate.yaml',
): ResolvedEstate {
  const estate = parse(readFileSync(sample, 'utf8')) as Estate
  change(estate)
  const read = readEstate(path, stringify(estate))
  assert.ok(read.ok, JSON.stringify(read))
  return read.value.estate
}
