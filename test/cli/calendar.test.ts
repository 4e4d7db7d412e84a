import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import ICAL from 'ical.js'
import { commandLine } from '../../playbooks/command-line.ts'
import { onlyDocument } from './document.ts'
import { directory, recorded, upkeep } from './upkeep.ts'

async function said(cwd: string, ...words: readonly string[]) {
  const { outside, out, err } = recorded({ cwd })
  const code = await commandLine(outside, ['calendar', ...words])
  return { code, out: out(), err: err() }
}

/** Start (ISO) and summary of each entry, as a calendar program reads them. */
function entriesOf(file: string): readonly (readonly [string, string, string])[] {
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(file, 'utf8')) as unknown[])
  return calendar.getAllSubcomponents('vevent').map((component) => {
    const { startDate, summary, description } = new ICAL.Event(component)
    return [startDate.toJSDate().toISOString(), summary, description]
  })
}

test("the year's plan is a table of 80 columns: 12 checklists, 4 deep checks, 2 upgrades, one assessment", async (context) => {
  const { code, out, err } = await said(directory(context, true), '--year', '2027')
  assert.deepEqual([code, err], [0, ''])
  const lines = out.split('\n')
  assert.equal(lines[0], 'Plan of 2027 for example-company (Asia/Shanghai)')
  assert.equal(lines[1], 'Tue 2027-01-05 09:00  4 h  Monthly checklist         Log analysis; backup')
  assert.ok(
    lines.every((line) => line.length <= 80),
    out,
  )
  const count = (words: string) => out.match(new RegExp(`^[A-Z][a-z]{2} \\d.* {2}${words} `, 'gm'))?.length
  assert.deepEqual(
    ['Monthly checklist', 'Quarterly deep check', 'Half-yearly upgrade', 'Yearly health assessment'].map(
      count,
    ),
    [12, 4, 2, 1],
  )
})

test('without a year it is the one that clocks on the wall show', async (context) => {
  const cwd = directory(context, true)
  assert.match((await said(cwd)).out, /^Plan of 2026 /)
  const { outside, out } = recorded({ cwd, now: () => Date.parse('2026-12-31T16:00Z') })
  await commandLine(outside, ['calendar'])
  assert.match(out(), /^Plan of 2027 /)
})

test('a calendar program reads the file, and what lies in a freeze says so', async (context) => {
  const cwd = directory(context, true)
  const estate = join(cwd, 'estate.yaml')
  const text = readFileSync(estate, 'utf8')
  writeFileSync(estate, text.replace('from: 2027-02-05', 'from: 2027-02-01'))
  const { code, out } = await said(cwd, '--year', '2027', '--ics', 'plan.ics')
  assert.equal(code, 0)
  assert.match(out, /\nWritten: plan\.ics$/)
  assert.match(out, /In a freeze:\s+Spring Festival\./)
  const entries = entriesOf(join(cwd, 'plan.ics'))
  assert.equal(entries.length, 19)
  assert.deepEqual(entries[1], [
    '2027-02-02T01:00:00.000Z',
    'example-company: Monthly checklist',
    'Log analysis; backup validation. In a freeze: Spring Festival.',
  ])
  assert.equal(entries[0]?.[2], 'Log analysis; backup validation. In a freeze: Year-end closing (erp).')
  assert.equal(entries[2]?.[2], 'Log analysis; backup validation.')
  const again = await said(cwd, '--year', '2027', '--ics', 'plan.ics')
  assert.equal(again.code, 0, 'a calendar is replaced')
  assert.deepEqual(readdirSync(cwd).toSorted(), ['estate.yaml', 'plan.ics'])
})

test('as JSON: one document', (context) => {
  const cwd = directory(context, true)
  const found = onlyDocument(
    upkeep(['calendar', '--year', '2027', '--ics', 'plan.ics', '--json'], { cwd }).out,
  )
  assert.equal((found['entries'] as unknown[]).length, 19)
  assert.equal(found['file'], 'plan.ics')
})

// Fault, people: the calendar is to be written over another file. Outcome: refused, and that file stays.
test('what is no calendar is not overwritten, and what can not be written is said', async (context) => {
  const cwd = directory(context, true)
  const before = readFileSync(join(cwd, 'estate.yaml'), 'utf8')
  mkdirSync(join(cwd, 'dir'))
  symlinkSync('estate.yaml', join(cwd, 'link'))
  for (const name of ['estate.yaml', 'dir', 'link', 'nowhere/plan.ics']) {
    const { code, err, out } = await said(cwd, '--ics', name)
    assert.deepEqual([code, out], [3, ''], name)
    assert.match(err, new RegExp(`^${name} {2}input/calendar-file`), name)
  }
  assert.equal(readFileSync(join(cwd, 'estate.yaml'), 'utf8'), before)
  assert.ok(lstatSync(join(cwd, 'link')).isSymbolicLink())
})

test('a year that is none is a mistake of the command line', async (context) => {
  const cwd = directory(context, true)
  for (const year of ['27', '2027x', '1969', '2200', '-1', '']) {
    const { code, err } = await said(cwd, `--year=${year}`)
    assert.equal(code, 2, year)
    assert.match(err, /usage\/year/)
  }
})
