import assert from 'node:assert/strict'
import test from 'node:test'
import { exitCodes } from '../../core/exit.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import { commands } from '../../playbooks/commands.ts'
import { processorMs, recorded, upkeep } from './upkeep.ts'

/** Figure of the issue: what `upkeep --help` may cost. */
const mostHelpMs = 200
/** A test machine may be slower than the one the figure was meant for, and busy with other tests. */
const slowMachine = 2

async function said(...argv: readonly string[]) {
  const { outside, out, err } = recorded()
  const code = await commandLine(outside, argv)
  return { code, out: out(), err: err() }
}

/** A line as a shell splits it: words, and texts in double quotes. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

test('without a word: short help with two examples, and that is no failure', () => {
  const { code, out, err } = upkeep([])
  assert.equal(code, 0)
  assert.equal(err, '')
  assert.equal(out.match(/^ {2}upkeep \S+/gm)?.length, 2)
  assert.deepEqual(upkeep(['--help']), { code, out, err })
})

test('the help lists every verb', async () => {
  const { out } = await said('help')
  for (const { name } of commands) assert.match(out, new RegExp(`^ {2}${name} `, 'm'))
})

test('the verbs are those that the users were promised', () => {
  const promised =
    'init, check, doctor, patrol, patch plan, patch run, patch status, patch expire, patch reviewed, resume, stop, settle, rollback, cleanup plan, cleanup run, cleanup undo, schedule show, schedule install, schedule remove, calendar, journal show, journal verify, stack preview, stack up, stack refresh, stack destroy, stack policy, lab up, lab down, lab status'
  assert.equal(commands.map(({ name }) => name).join(', '), promised)
})

for (const command of commands) {
  test(`upkeep ${command.name} --help names its options and gives an example that is understood`, async () => {
    const { code, out, err } = await said(...command.name.split(' '), '--help')
    assert.deepEqual([code, err], [0, ''])
    for (const name of [...Object.keys(command.options), 'estate', 'json', 'help']) {
      assert.match(out, new RegExp(`^ {2}--${name}\\b`, 'm'))
    }
    const example = /Example:\n {2}upkeep (.+)$/.exec(out)?.[1] ?? ''
    assert.ok(example.startsWith(command.name), `the example is of another verb: ${example}`)
    // With --help behind it the example is read as strictly as ever, and not carried out.
    assert.deepEqual(await said(...words(example), '--help'), { code: 0, out, err: '' })
    assert.deepEqual(await said('help', ...command.name.split(' ')), { code: 0, out, err: '' })
  })
}

test('help for a group of verbs shows those', async () => {
  const { code, out } = await said('patch', '--help')
  assert.equal(code, 0)
  assert.match(out, /patch plan/)
  assert.doesNotMatch(out, /journal/)
})

test('no help is wider than 80 columns', async () => {
  const texts = [
    await said(),
    await said('help', 'exit-codes'),
    ...(await Promise.all(commands.map(({ name }) => said(...name.split(' '), '--help')))),
  ]
  const wide = texts.flatMap(({ out }) => out.split('\n')).filter((line) => [...line].length > 80)
  assert.deepEqual(wide, [])
})

test('help exit-codes is the one table of exit codes', async () => {
  const { out } = await said('help', 'exit-codes')
  const listed = [...out.matchAll(/^ {2}(\d+) /gm)].map(([, code]) => Number(code))
  const codes = Object.values(exitCodes).map(({ code }) => code)
  assert.deepEqual(listed, codes)
  assert.equal(new Set(codes).size, codes.length, 'a code means two things')
  const text = out.replaceAll(/\s+/g, ' ')
  for (const { code, means } of Object.values(exitCodes)) assert.ok(text.includes(`${code} ${means}`), means)
})

for (const [argv, says] of [
  [['chek'], /"chek" is not a verb. Did you mean "check"\?/],
  [
    ['patch', 'plam'],
    /"patch plam" is not a verb. Allowed: patch plan, patch run, patch status, patch expire, patch reviewed\./,
  ],
  [
    ['patch'],
    /"patch" is not a verb. Allowed: patch plan, patch run, patch status, patch expire, patch reviewed\./,
  ],
  [['help', 'rolback'], /"rolback" is not a verb. Did you mean "rollback"\?/],
  [['frobnicate'], /"frobnicate" is not a verb. See `upkeep --help`\./],
  [['--json', 'check'], /A verb comes first/],
  [['patch', 'plan', '--sytem', 'erp'], /Unknown option '--sytem'. Did you mean "--system"\?/],
  [['patch', 'plan', '--qqq'], /Allowed: --system, --out, --estate, --json, --help, --no-color\./],
  [['check', 'estate.yaml'], /Unexpected argument 'estate.yaml'/],
  [['check', '--estate'], /'--estate <value>' argument missing/],
  [['check', '--json=yes'], /'--json' does not take an argument/],
] as const) {
  test(`upkeep ${argv.join(' ')}: one message, exit 2, nothing on standard output`, async () => {
    const { code, out, err } = await said(...argv)
    assert.equal(code, exitCodes.usage.code)
    assert.equal(out, '')
    assert.match(err, says)
    assert.equal(err.split('\n').length, 1)
  })
}

test('--version is that of package.json', async () => {
  assert.match((await said('--version')).out, /^\d+\.\d+\.\d+$/)
})

test(`upkeep --help costs less than ${mostHelpMs} ms of processor time`, (context) => {
  const measured = [1, 2, 3, 4, 5].map(() => processorMs(['--help'])).sort((a, b) => a - b)
  context.diagnostic(`processor time ${measured.map(Math.round).join(', ')} ms`)
  assert.ok((measured[2] ?? NaN) < mostHelpMs * slowMachine, `median of ${measured.join(', ')} ms`)
})
