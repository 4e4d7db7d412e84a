import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lanes } from './lanes.ts'

test('each file stands in one lane, and is there', () => {
  const all = Object.values(lanes).flat()
  assert.equal(new Set(all).size, all.length)
  for (const file of all) assert.ok(existsSync(join(import.meta.dirname, '..', file)), file)
})
