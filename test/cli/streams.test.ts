import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { ranRollout } from './rollout.ts'
import { directory, onTerminal, upkeep, upkeepWords } from './upkeep.ts'

const hasTerminal = spawnSync('script', ['--version']).status === 0
const needsTerminal = { skip: !hasTerminal && 'needs script(1)' }
const escape = '\u001b'

/** A directory with an estate that has a mistake, whose place is shown in bold on a terminal. */
function withMistake(context: test.TestContext): string {
  const cwd = directory(context, true)
  const path = join(cwd, 'estate.yaml')
  writeFileSync(path, readFileSync(path, 'utf8').replace('ring: test', 'ring: tset'))
  return cwd
}

test('a terminal gets colour, so that the tests below would see it', needsTerminal, (context) => {
  assert.ok(onTerminal(`${upkeepWords} check`, { cwd: withMistake(context) }).out.includes(escape))
})

for (const [what, line, env] of [
  ['NO_COLOR', `${upkeepWords} check`, { NO_COLOR: '1' }],
  ['--no-color', `${upkeepWords} check --no-color`, {}],
  ['--no-color before the verb', `${upkeepWords} --no-color check`, {}],
  ['TERM=dumb', `${upkeepWords} check`, { TERM: 'dumb' }],
] as const) {
  test(`${what}: no escape codes on a terminal`, needsTerminal, (context) => {
    const { code, out } = onTerminal(line, { cwd: withMistake(context), env })
    assert.equal(code, 3, out)
    assert.match(out, /Did you mean "test"\?/)
    assert.ok(!out.includes(escape), JSON.stringify(out))
  })
}

test('pipes get no escape codes', (context) => {
  const { code, out, err } = upkeep(['check'], { cwd: withMistake(context), env: { TERM: 'xterm' } })
  assert.equal(code, 3)
  assert.equal(out, '')
  assert.match(err, /Did you mean "test"\?/)
  assert.ok(!err.includes(escape))
})

test(
  'a result in a file has no escape codes, though the talk goes to a terminal',
  needsTerminal,
  async (context) => {
    const { cwd } = await ranRollout(context)
    const { code } = onTerminal(`${upkeepWords} patch status >status.txt`, { cwd })
    assert.equal(code, 0)
    const text = readFileSync(join(cwd, 'status.txt'), 'utf8')
    assert.match(text, /r1/)
    assert.ok(!text.includes(escape), JSON.stringify(text))
  },
)

test('results go to standard output, talk and problems to standard error', (context) => {
  const cwd = withMistake(context)
  assert.equal(upkeep(['check'], { cwd }).out, '')
  assert.equal(upkeep(['chek'], { cwd }).out, '')
  assert.equal(upkeep(['help'], { cwd }).err, '')
})
