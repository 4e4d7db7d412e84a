import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { faults, openHalves } from '../../docs/fault-list.ts'
import { type FaultTest, faultTestsIn, faultTestsOf } from '../../docs/fault-tests.ts'
import { faultsPage, openFaults } from '../../docs/faults.ts'
import { unsettled } from '../../docs/unsettled.ts'

const root = join(import.meta.dirname, '../..')
const { tests, mistakes } = faultTestsOf(root)
const says = '// Fault 7, packages: a lock. Outcome: it waits.'
const row: FaultTest = {
  number: 7,
  group: 'packages',
  fault: 'a lock.',
  outcome: 'it waits.',
  file: 'test/x.test.ts',
  title: 'waits',
}

test('docs/faults.md is what the tests say; npm run docs writes it', () => {
  assert.deepEqual(mistakes, [])
  assert.ok(tests.length > 50, `${tests.length}`)
  assert.equal(readFileSync(join(root, 'docs/faults.md'), 'utf8'), faultsPage(tests))
})

test('a fault of the list without a test is called open, and no other', () => {
  assert.deepEqual(
    openFaults([row]),
    Array.from({ length: 28 }, (_, index) => index + 1).filter((number) => number !== 7),
  )
  const [, open = ''] = faultsPage([row]).split('## Without a test')
  assert.match(open, /^- 6: /m)
  assert.doesNotMatch(open, /^- 7: /m)
  assert.match(faultsPage([row]), new RegExp(`\\| 6 \\| ${faults[6] ?? ''} \\| \\*\\*none yet\\*\\* \\|`))
  assert.match(
    faultsPage([row]),
    /\| 7: a lock\. \| it waits\. \| \[x\.test\.ts\]\(\.\.\/test\/x\.test\.ts\): waits \|/,
  )
})

test('the open half of a fault is named, and only of one that is tested otherwise', () => {
  const open = faultsPage(tests).split('## Without a test')[1] ?? ''
  for (const [number, half] of Object.entries(openHalves)) {
    assert.ok(open.includes(`- ${number}: ${half}`), number)
    assert.ok(
      tests.some((one) => one.number === Number(number)),
      number,
    )
  }
})

test('a row says whether `npm test` leaves its test out', () => {
  const [one = ''] = unsettled
  assert.match(faultsPage([{ ...row, file: one }]), /\| on real hosts, only by `npm run test:lab` \|\n/)
  assert.match(faultsPage([{ ...row, file: 'test/lab/other.lab.test.ts' }]), /\| on real hosts \|\n/)
  const here = {
    ...row,
    file: 'test/lab/other.lab.test.ts',
    fault: 'silence (an sshd of this machine that is frozen).',
  }
  assert.match(faultsPage([here]), /\| with an sshd of this machine \|\n/)
  for (const file of unsettled) assert.ok(existsSync(join(root, file)), file)
})

for (const [what, text, title] of [
  ['above a test', `${says}\ntest('waits', () => {})`, 'waits'],
  ['over two lines', `${says.replace(' Outcome', '\n// Outcome')}\ntest('waits', () => {})`, 'waits'],
  ['inside a group of tests', `describe('apt', () => {\n  ${says}\n  test('waits', f)\n})`, 'apt: waits'],
  ['above a test in a loop', `for (const a of b) {\n  ${says}\n  test(\`\${a} waits\`, f)\n}`, '… waits'],
  [
    'above an entry by name',
    `const all = {\n  ${says}\n  'waits': {},\n}\nfor (const one of Object.entries(all)) test(one, f)`,
    'waits',
  ],
  [
    'above an entry of a loop',
    `for (const [a] of [\n  ${says}\n  ['waits', 1],\n]) {\n  test(a, f)\n}`,
    'waits',
  ],
] as const) {
  test(`a fault ${what} is read`, () => {
    assert.deepEqual(faultTestsIn(row.file, text), { tests: [{ ...row, title }], mistakes: [] })
  })
}

test('one test may show two faults, and a fault may have no number', () => {
  const other = says.replace(' 7', '').replace('lock', 'word')
  const read = faultTestsIn(row.file, `${says}\n${other}\ntest('waits', f)`)
  assert.deepEqual(read, { tests: [row, { ...row, number: null, fault: 'a word.' }], mistakes: [] })
})

for (const [what, text, mistake] of [
  [
    'of no known number',
    `${says.replace('7', '29')}\ntest('waits', f)`,
    /^test\/x\.test\.ts:1: there is no fault 29$/,
  ],
  [
    'of no known group',
    `${says.replace('packages', 'moons')}\ntest('waits', f)`,
    /there is no group "moons"/,
  ],
  ['without an outcome', `// Fault 7, packages: a lock.\ntest('waits', f)`, /this is not "Fault N/],
  ['whose test is gone', `${says}\nconst x = 1`, /no test and no entry/],
  ['that does not stand right above its test', `${says}\n\ntest('waits', f)`, /no test and no entry/],
  ['above a group', `${says}\ndescribe('waits', f)`, /no test and no entry/],
  [
    'in a table of which nothing is made',
    `const all = {\n  ${says}\n  waits: 1,\n}\ntest('x', f)`,
    /no test and no entry/,
  ],
] as const) {
  test(`a fault ${what} is a mistake`, () => {
    const read = faultTestsIn(row.file, text)
    assert.deepEqual(read.tests, [])
    assert.match(read.mistakes.join(), mistake)
  })
}
