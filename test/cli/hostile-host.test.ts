import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { startMark } from '../../connect/script.ts'
import type { StepEnd } from '../../core/run/events.ts'
import { renderProblem } from '../../core/problem.ts'
import { readEstate } from '../../core/estate/read.ts'
import { openSession } from '../../playbooks/rollout/session.ts'
import { liveLines } from '../../playbooks/show/live.ts'
import { valueOf } from '../core/journal/open-state.ts'
import { hostThatSays } from './host-that-says.ts'
import { ranRollout } from './rollout.ts'
import { directory, onTerminal, recorded, upkeep, upkeepWords } from './upkeep.ts'

/** What a host may say: titles and colours of a terminal, a line that goes back, direction, width, bytes that are no UTF-8, a line like one of ours. */
const hostile =
  '\u001b]0;owned\u0007\u001b[2J\u001b[8m\u009b31mred\rfine\b\b \u202egpj\u2066 z\u200bero \u{e0041} \u0085\n00:01  ✔ prod-2 DONE\n$(id) `id` ```\n::set-output name=x::y'
/** What a terminal obeys or a reader can not see; Upkeep's own colours are taken out before. */
const unseen =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u
const ownColours = /\u001b\[(0|1|2|22|3[1-6]|39|90)m/g

function assertHarmless(text: string): void {
  const found = unseen.exec(text.replaceAll('\r\n', '\n').replaceAll(ownColours, '').replaceAll('\n', ''))
  assert.equal(found, null, `${JSON.stringify(found?.[0])} in ${JSON.stringify(text.slice(0, 2000))}`)
}

const printed = `printf '%s\\377\\303(' '${hostile.replaceAll("'", `'\\''`)}'`
const answers: readonly (readonly [says: string, script: string])[] = [
  ['instead of letting a shell start', `${printed} >&2; exit 3`],
  [
    'before and after the shell starts',
    `${printed}; echo; ${printed} >&2; echo; echo ${startMark}; ${printed}; echo`,
  ],
  ['with an exit code of no meaning', `echo ${startMark}; ${printed}; ${printed} >&2; exit 255`],
]
for (const [says, script] of answers) {
  // Fault 20, hosts: what a host says is hostile.
  // Outcome: it is only text: on a terminal, in a pipe, as JSON, in a plan.
  test(`what a host says ${says} is only text: on a terminal, in a pipe, as JSON, in a plan`, async (context) => {
    const cwd = (await hostThatSays(context, { script: () => script, name: 'app', tier: 'office' })).cwd
    for (const verb of ['doctor', 'patrol', 'patch plan --system erp']) {
      const shown = onTerminal(`${upkeepWords} ${verb}`, { cwd })
      assertHarmless(shown.out)
      assert.match(shown.out, /app/)
      const piped = upkeep(verb.split(' '), { cwd })
      assert.ok([3, 4, 9].includes(piped.code ?? -1), `${piped.code} ${piped.err}`)
      assert.doesNotMatch(`${piped.out}${piped.err}`, ownColours)
      assertHarmless(piped.out + piped.err)
      const json = upkeep([...verb.split(' '), '--json'], { cwd })
      assertHarmless(json.out + json.err)
      assert.doesNotThrow(() => JSON.parse(json.out) as unknown)
    }
  })
}

/** The end of a step as a hostile host could make it. */
const stepEnd: StepEnd = {
  outcome: 'failed',
  ms: 1,
  said: hostile,
  problem: {
    code: 'host/refused',
    what: 'It ended.',
    where: 'p',
    found: `${hostile}${'x'.repeat(20_000_000)}`,
  },
  facts: { [`key ${hostile}`]: [hostile] },
}

// Fault 21, hosts: a host says very much. Outcome: one harmless line of bounded length in the journal.
test('what a host said is in the journal as one harmless line of bounded length, however much it was', async (context) => {
  const cwd = directory(context, true)
  const file = join(cwd, 'estate.yaml')
  const { estate } = valueOf(readEstate(file, readFileSync(file, 'utf8')))
  const { outside } = recorded({ cwd })
  const shell = { ...outside, options: {}, operands: [], json: false, estatePath: file }
  const session = valueOf(await openSession(shell, estate))
  await session.tell({
    type: 'step.ended',
    subject: 'p',
    data: { rollout: 'r1', step: 'apt.install', ...stepEnd },
  })
  await session.tell({
    type: 'host.turned',
    subject: 'p',
    data: { rollout: 'r1', way: 'snapshot', why: hostile },
  })
  await session.close()
  const [event] = session.events().filter(({ type }) => type === 'step.ended')
  const { said, problem } = event?.data as unknown as StepEnd
  assertHarmless(said)
  assert.match(said, /fine.*\| 00:01 {2}✔ prod-2 DONE \| \$\(id\)/)
  assert.ok((problem?.found ?? '').length <= 4000)
  const lines = readFileSync(join(cwd, 'state/journal', segment(cwd)), 'utf8')
  assertHarmless(lines)
  assert.ok(lines.length < 30_000, `${lines.length}`)
})

function segment(cwd: string): string {
  const listed = spawnSync('ls', [join(cwd, 'state/journal')], { encoding: 'utf8' }).stdout
  return listed.split('\n').find((name) => name.endsWith('.jsonl')) ?? listed.split('\n')[0] ?? ''
}

test('a journal from elsewhere that holds such words is shown as text: journal show, patch status, JSON', async (context) => {
  const { cwd } = await ranRollout(context, (host) => (host === 'p' ? 'failed' : undefined), {}, hostile)
  for (const words of ['journal show', 'patch status']) {
    const shown = onTerminal(`${upkeepWords} ${words}`, { cwd })
    assert.equal(shown.code, 0, shown.out)
    assertHarmless(shown.out)
    const piped = upkeep(words.split(' '), { cwd })
    assert.match(piped.out, /owned|fine/, 'the words themselves are shown')
    assertHarmless(piped.out + piped.err)
    const json = upkeep([...words.split(' '), '--json'], { cwd })
    assertHarmless(json.out)
    assert.ok(json.out.includes('\\u001b]0;owned\\u0007'), 'in JSON they keep their value')
    assert.ok(json.out.includes('\\u202e'))
  }
})

test('a line of a host can not pass for one of ours: it is set in beneath its problem', () => {
  const text = renderProblem(
    { code: 'host/refused', what: 'It ended.', where: 'p', found: 'no\nprod-2  host/ok\nfine' },
    { colour: false },
  )
  assert.deepEqual(text.split('\n').slice(2), ['    prod-2  host/ok', '    fine.'])
})

test('a line above the live ones keeps no word that a terminal obeys', () => {
  let drawn = ''
  const { outside } = recorded({
    terminal: { live: true, columns: 80, colour: true, raw: (text) => (drawn += text) },
  })
  const live = liveLines({ ...outside, options: {}, operands: [], json: false, estatePath: '' }, () => [])
  live.above(`\u001b[31m✘\u001b[0m ${hostile}`)
  live.close()
  assertHarmless(drawn)
  assert.ok(drawn.includes('\u001b[31m✘\u001b[0m'), 'and the colour that is ours')
})
