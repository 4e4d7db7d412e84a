import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEstate } from '../../core/estate/read.ts'
import type { ResolvedEstate } from '../../core/estate/resolved.ts'

/** For each program an estate that has it make all that it can make. */
export const estates = {
  backup: estateOf('offsite.yaml'),
  monitoring: estateOf('cloud-monitoring-open.yaml'),
  windows: estateOf('cloud-windows.yaml'),
} as const

export const programNames = ['backup', 'monitoring', 'windows'] as const

function estateOf(file: string): ResolvedEstate {
  const path = join(import.meta.dirname, '../schemas/estates/valid', file)
  const read = readEstate(path, readFileSync(path, 'utf8'))
  assert.ok(read.ok)
  return read.value.estate
}
