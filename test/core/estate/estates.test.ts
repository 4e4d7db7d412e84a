import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { checkEstate } from '../../../core/estate/check.ts'
import { resolveEstate } from '../../../core/estate/resolve.ts'
import { renderProblems } from '../../../core/problem.ts'
import { loadEstate } from '../../../schemas/load.ts'
import type { Problem } from '../../../schemas/problem.ts'

// Add a file to try a new case; UPDATE=1 writes the messages, which are then to be read as a user would.
const estates = join(import.meta.dirname, '../../schemas/estates')
const cases = ['valid', 'invalid', 'warned'].flatMap((kind) =>
  readdirSync(join(estates, kind))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => ({ kind, file, path: join(estates, kind, file) })),
)
/** Files that are meant to hold more than one mistake, with their number. */
const several: Readonly<Record<string, number>> = {
  'all-at-once.yaml': 6,
  'cleanup-globs-that-lead-out.yaml': 7,
  'cleanup-globs-with-classes.yaml': 5,
  'cleanup-of-what-must-stay.yaml': 12,
  'cleanup-size.yaml': 3,
  'more-than-fifty.yaml': 51,
}

function judged(
  file: string,
  text: string,
): { readonly errors: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const loaded = loadEstate(file, text)
  return loaded.ok ? checkEstate(loaded.value) : { errors: loaded.problems, warnings: [] }
}

for (const { kind, file, path } of cases) {
  test(`${kind}: ${file}`, () => {
    const { errors, warnings } = judged(file, readFileSync(path, 'utf8'))
    if (kind !== 'invalid') assert.equal(renderProblems(errors, { colour: false }), '')
    if (kind !== 'warned') assert.equal(renderProblems(warnings, { colour: false }), '')
    if (kind === 'valid') return
    const problems = kind === 'invalid' ? errors : warnings
    const messages = `${renderProblems(problems, { colour: false })}\n`
    const expected = path.replace(/yaml$/, 'txt')
    if (process.env['UPDATE'] === '1') writeFileSync(expected, messages)
    assert.equal(messages, readFileSync(expected, 'utf8'))
    assert.equal(problems.length, several[file] ?? 1, 'one mistake, one message')
    for (const { where } of problems.slice(0, 50)) assert.match(where ?? '', /\.yaml(:\d+:\d+)?$/)
  })
}

test('no message shows a secret', () => {
  for (const { path } of cases.filter(({ file }) => file.startsWith('secret-'))) {
    assert.doesNotMatch(readFileSync(path.replace(/yaml$/, 'txt'), 'utf8'), /correct-horse/)
  }
})

test('the estate to start from has no mistakes and no warnings, and can be worked with', () => {
  const path = join(import.meta.dirname, '../../../playbooks/init-estate.yaml')
  const loaded = loadEstate('init-estate.yaml', readFileSync(path, 'utf8'))
  assert.ok(loaded.ok, loaded.ok ? '' : renderProblems(loaded.problems, { colour: false }))
  const { errors, warnings } = checkEstate(loaded.value)
  assert.equal(renderProblems([...errors, ...warnings], { colour: false }), '')
  assert.deepEqual(resolveEstate(loaded.value).systems['erp']?.order, [
    ['standby'],
    ['primary'],
    ['app'],
    ['balancer'],
  ])
})
