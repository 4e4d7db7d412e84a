import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEstate } from '../../core/estate/read.ts'
import { labEstate } from '../../lab/estate.ts'

test("the lab's estate is good, without a warning", () => {
  const read = readEstate('estate.yaml', labEstate('/var/lib/upkeep-lab'))
  assert.ok(read.ok, JSON.stringify(read))
  assert.deepEqual(read.value.warnings, [])
})
