import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { readEstate } from '../../core/estate/read.ts'
import { renderProblems } from '../../core/problem.ts'
import { programOf } from '../../stacks/program.ts'

function problems(stack: string, file: string): string {
  const path = join(import.meta.dirname, '../schemas/estates/valid', file)
  const read = readEstate(path, readFileSync(path, 'utf8'))
  assert.ok(read.ok)
  const program = programOf(stack, read.value.estate)
  return program.ok ? '' : renderProblems(program.problems, { colour: false })
}

test('a stack is named after its program, or that and an environment', () => {
  assert.equal(problems('backup', 'offsite.yaml'), '')
  assert.equal(problems('backup-production', 'offsite.yaml'), '')
  assert.equal(problems('monitoring', 'cloud-monitoring.yaml'), '')
  assert.equal(problems('monitoring-lab', 'cloud-monitoring.yaml'), '')
  assert.equal(problems('windows', 'cloud-windows.yaml'), '')
  assert.equal(problems('windows-lab', 'cloud-windows.yaml'), '')
})

test('a stack of no program is refused with the names there are', () => {
  const said = problems('bakcup', 'offsite.yaml')
  assert.match(said, /input\/stack-unknown\nThere is no program for a stack of this name. Found: bakcup./)
  assert.match(
    said,
    /Allowed: backup, backup-ENVIRONMENT, monitoring, monitoring-ENVIRONMENT, windows, windows-ENVIRONMENT. Did you mean "backup"\?/,
  )
  assert.match(problems('backups', 'offsite.yaml'), /stack-unknown/)
})

test('an estate without off-site stores leaves the stack nothing to make', () => {
  assert.match(problems('backup', 'small.yaml'), /input\/stack-empty\n.*Add "offsite:" to the estate/)
})

test('an estate without windows of AWS leaves the stack nothing to make', () => {
  const said = problems('windows', 'offsite.yaml')
  assert.match(
    said,
    /input\/stack-empty\nThe estate says nothing of windows that AWS opens, so the stack "windows"/,
  )
  assert.match(said, /Add "cloudWindows:" to the estate/)
})

test('an estate without a monitoring host in AWS leaves the stack nothing to make', () => {
  assert.match(
    problems('monitoring', 'offsite.yaml'),
    /input\/stack-empty\n.*Add "cloudMonitoring:" to the estate/,
  )
})
