import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { payload } from '../../connect/script.ts'
import type { Figure, Look } from '../../core/patrol/figure.ts'
import { type Answer, parseAnswer, scriptText } from '../../playbooks/facts/answer.ts'
import {
  argumentsOf,
  type Before,
  patrolScripts,
  readLook,
  type Wanted,
} from '../../playbooks/facts/patrol.ts'
import { nothingBefore, nothingWanted, roundTrips } from './patrol-answer.ts'

const script = (await Promise.all(['frame.sh', ...patrolScripts].map(scriptText))).join('\n')
const dir = mkdtempSync(join(tmpdir(), 'upkeep-patrol-'))
// The server of a database must reach its files as its own user.
chmodSync(dir, 0o755)
after(() => rmSync(dir, { recursive: true, force: true }))

/** Programs of this machine's own stand behind these. */
function fake(programs: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(dir, 'bin-'))
  chmodSync(path, 0o755)
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(path, name), 0o755)
  }
  return path
}

/** Files of a machine that is not this one; the directory that stands for its root. */
export function tree(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(dir, 'tree-'))
  chmodSync(path, 0o755)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

/** The script as it reads these instead of this machine's. */
function below(root: string): string {
  return script.replaceAll(
    /(?<![A-Za-z0-9}*])(\/sys\/|\/run\/|\/boot\/|\/proc\/1\/cgroup|\/\.dockerenv|\/etc\/|\/var\/l|\/tmp\/\.s)/g,
    `${root}$1`,
  )
}

/** What is not as on this machine: programs that come first, files (or a root that has them), what was before, what is wanted. */
export type Other = {
  readonly programs?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  readonly root?: string
  readonly wanted?: Partial<Wanted>
  readonly last?: Before
}

/** Runs the script as a host does, but for the PATH: its answer, what is read from that, and the seconds that it took. */
export function ran(o: Other = {}): {
  readonly answer: Answer
  readonly look: Look
  readonly seconds: number
  readonly bytes: number
} {
  const wanted = { ...nothingWanted, ...o.wanted }
  const last = o.last ?? nothingBefore
  const root = o.root ?? (o.files === undefined ? undefined : tree(o.files))
  const args = argumentsOf(wanted, last.memory)
  const input = payload(root === undefined ? script : below(root), args).replace(
    / PATH=[^;]*/,
    ` PATH=${fake(o.programs ?? {})}:/usr/sbin:/usr/bin:/sbin:/bin`,
  )
  const began = Date.now()
  const { stdout, status, stderr } = spawnSync('/bin/sh', ['-s'], {
    input,
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 64 << 20,
  })
  const ended = Date.now()
  assert.equal(status, 0, stderr)
  const answer = parseAnswer('here', stdout.replace(/^.*\n/, ''), stderr)
  assert.ok(answer.ok, JSON.stringify(answer))
  const look = readLook(answer.value, wanted, { times: { before: began, after: ended }, last, roundTrips })
  return { answer: answer.value, look, seconds: (ended - began) / 1000, bytes: stdout.length }
}

/** Text of a part that succeeded. */
export function text(answer: Answer, name: string): string {
  const part = answer.sections.get(name)
  assert.equal(part?.code, 0, `${name} ${answer.complaints}`)
  return part.bytes.toString()
}

/** Figures of an item: `name=value`, numbers to one digit, or `name=unknown`. */
export function figuresOf({ figures }: Look, item: Figure['item']): readonly string[] {
  return figures
    .filter((one) => one.item === item)
    .map((one) => `${one.of}=${one.state === 'seen' ? Number(one.value.toFixed(1)) : one.state}`)
}
