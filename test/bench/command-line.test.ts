import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { applyGoals } from '../../bench/case-apply.ts'
import { fleetGoals } from '../../bench/case-fleet.ts'
import { growthOf } from '../../bench/case-journal.ts'
import { asked, cases, helpLines } from '../../bench/command-line.ts'
import { type Standing, standingHeading, standingRow } from '../../bench/contender.ts'
import { caseLines, pageText } from '../../bench/document.ts'
import { spreadOf } from '../../bench/figures.ts'
import { verdictOf } from '../../bench/goal.ts'
import { mostColumns, tableLines } from '../../bench/table.ts'

const main = join(import.meta.dirname, '../../bench/main.ts')

test('`--help` names every case and starts nothing; a wrong word is refused with the right ones', () => {
  const help = spawnSync(process.execPath, [main, '--help'], { encoding: 'utf8' })
  assert.equal(help.status, 0, help.stderr)
  assert.deepEqual(help.stdout.split('\n').slice(0, -1), helpLines())
  for (const name of Object.keys(cases)) assert.match(help.stdout, new RegExp(`^ {2}${name} `, 'm'))
  assert.ok(helpLines().every((line) => line.length <= mostColumns))
  const wrong = spawnSync(process.execPath, [main, 'flet'], { encoding: 'utf8' })
  assert.equal(wrong.status, 64)
  assert.match(wrong.stderr, /no such case: flet; there are command, fleet/)
})

test('cases run in their order, all of them when none is named; numbers are whole ones', () => {
  assert.deepEqual(asked(['journal', 'command']).cases, ['command', 'journal'])
  assert.deepEqual(asked([]).cases, Object.keys(cases))
  assert.equal(asked(['--repeats', '5']).repeats, 5)
  for (const bad of ['0', '1.5', 'x', '-1']) assert.throws(() => asked([`--hosts=${bad}`]), /from 1 to/)
})

const standing = (name: string, wall: number, processor: number, largestMb: number): Standing => ({
  name,
  runs: 3,
  failed: 0,
  wall: spreadOf([wall * 0.9, wall, wall * 1.3]),
  processor: spreadOf([processor]),
  largestMb: spreadOf([largestMb]),
  togetherMb: spreadOf([largestMb / 2]),
  hostSide: spreadOf([25.2]),
})

test('the goals of the fleet are held against the right rows; a peer whose runs failed shows nothing', () => {
  const rows = [
    standing('floor: ssh2 alone', 10, 4, 100),
    standing('Upkeep', 11.5, 4.5, 150),
    standing('pyinfra', 20, 9, 98),
    { ...standing('Ansible', 41, 51, 71), processor: undefined },
  ]
  assert.deepEqual(fleetGoals(rows).map(verdictOf), ['MISSED', 'met', 'not shown', 'met'])
})

test('the goals of the install are held against the right rows', () => {
  const rows = [
    standing('plain ssh', 4, 0.1, 8),
    standing('Upkeep, install', 4.4, 0.7, 120),
    standing('pyinfra', 4.7, 0.6, 57),
    standing('Ansible', 8.9, 3, 56),
  ]
  assert.deepEqual(applyGoals(rows).map(verdictOf), ['met', 'met', 'met', 'MISSED', 'met'])
})

test('the table of contenders fits a terminal, with three-digit spreads and failed runs in it', () => {
  const rows = [
    standing('Ansible', 41.234, 51.37, 1522),
    { ...standing('Upkeep, rollout', 141.2, 5, 1), failed: 1, wall: undefined },
  ]
  for (const line of tableLines(standingHeading, rows.map(standingRow)))
    assert.ok(line.length <= mostColumns, `${line.length}: ${line}`)
})

test('growth is against the next shorter journal of the same operation', () => {
  const figure = { rollouts: 1, bytes: 1, peakBytes: 1 }
  const figures = [
    { ...figure, operation: 'fold', events: 10, ms: 10 },
    { ...figure, operation: 'verify', events: 100, ms: 900 },
    { ...figure, operation: 'fold', events: 100, ms: 300 },
    { ...figure, operation: 'fold', events: 1000, ms: 6000 },
  ] as const
  assert.equal(growthOf(figures, figures[0]), undefined)
  assert.equal(growthOf(figures, figures[2]), 3)
  assert.equal(growthOf(figures, figures[3]), 2)
})

test('the page says what a case found, wrapped, or why it could not be measured', () => {
  const goal = { says: 'Upkeep: one command', found: 6, limit: 5, unit: 'ms' }
  const found = { says: ['word '.repeat(60).trim()], table: ['a', '-', 'b'], goals: [goal] }
  const text = pageText(['2 cores'], { name: 'command', says: 'one', found })
  assert.match(text, /^# command: one$/m)
  assert.match(text, /^- 2 cores$/m)
  assert.match(text, /^Upkeep: one command .* 6\.00 of +5\.00 ms +MISSED$/m)
  assert.deepEqual(caseLines({ name: 'apply', says: 'two', found: { failed: 'the lab is not up' } }), [
    'NOT MEASURED: the lab is not up',
  ])
  for (const line of caseLines({ name: 'command', says: 'one', found }))
    assert.ok(line.length <= mostColumns, line)
})
