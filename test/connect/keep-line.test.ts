import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { appendLine, giveTo, handOver } from '../../connect/keep-line.ts'
import { connectSsh } from '../../connect/ssh.ts'
import { startServer, type TestServer } from './sshd.ts'

const line = `{"head":{"journal":"upkeep/\`id\` $(id) '\\\\n"},"signature":"x"}`
let server: TestServer

before(async () => {
  server = await startServer()
})
after(() => server.stop())

async function append(file: string, what = line) {
  const host = await connectSsh(server.target('vault'), { timeoutMs: 10_000 })
  assert.ok(host.ok)
  try {
    return await appendLine(host.value, file, what)
  } finally {
    host.value.close()
  }
}

/** The lines of a file that are not empty. */
function linesOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
}

/** Lets the server's key run one command only. */
function forced(command: string): void {
  const key = readFileSync(join(server.dir, 'user.pub'), 'utf8')
  writeFileSync(join(server.dir, 'authorized'), `restrict,command="${command}" ${key}`)
}

test('a line is appended as it is, after one that was cut short too', async () => {
  const file = join(server.dir, 'heads.jsonl')
  assert.ok((await append(file)).ok)
  assert.ok((await append(file, '{"second":1}')).ok)
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"torn`)
  assert.ok((await append(file, '{"third":1}')).ok)
  assert.deepEqual(linesOf(file), [line, '{"second":1}', '{"torn', '{"third":1}'])
})

test('what can not be written is said', async () => {
  const kept = await append(join(server.dir, 'nowhere/heads.jsonl'))
  const problem = kept.ok ? undefined : kept.problems[0]
  assert.equal(problem?.code, 'head/not-kept')
  assert.match(problem.found ?? '', /^exit \d+: .*nowhere/)
})

test('a key that may only keep heads: they are kept, and nothing else can be done with it', async (context) => {
  const bin = join(server.dir, 'bin')
  const file = join(server.dir, 'kept.jsonl')
  mkdirSync(bin)
  const program = join(bin, 'upkeep-head')
  copyFileSync(join(import.meta.dirname, '../../connect/host/upkeep-head'), program)
  chmodSync(program, 0o755)
  const open = readFileSync(join(server.dir, 'authorized'), 'utf8')
  context.after(() => writeFileSync(join(server.dir, 'authorized'), open))
  forced(`${program} ${file}`)
  const target = server.target('vault')
  for (const text of [line, '{"head":{"n":2}}', line]) {
    const kept = await handOver(target, text)
    assert.ok(kept.ok, JSON.stringify(kept))
  }
  assert.deepEqual(linesOf(file), [line, '{"head":{"n":2}}', line])

  const before = readFileSync(file)
  for (const text of ['x', '{"head":{}} > y', `{"head":{${'a'.repeat(40_000)}}}`, '']) {
    const kept = await handOver(target, text)
    assert.equal(kept.ok ? '' : kept.problems[0]?.code, 'head/not-kept', text.slice(0, 20))
  }
  const host = await connectSsh(target, { timeoutMs: 10_000 })
  assert.ok(host.ok)
  const ran = await host.value.run('rm -f "$1"', { root: false, args: [file], timeoutMs: 10_000 })
  host.value.close()
  assert.equal(ran.ok ? '' : ran.problems[0]?.code, 'host/no-shell')
  assert.deepEqual(readFileSync(file), before)
})

test('a place whose host key is not pinned gets nothing', async () => {
  const other = server.target('vault', { knownHosts: server.known('') })
  const kept = await handOver(other, line)
  assert.equal(kept.ok ? '' : kept.problems[0]?.code, 'host/key-unknown')
})

test('a command of the controller gets the line and a newline, and its exit is the answer', async () => {
  const file = join(server.dir, 'mailed')
  assert.ok((await giveTo(['tee', '-a', file], line, server.dir)).ok)
  assert.ok((await giveTo(['sh', '-c', 'cat >> mailed'], line, server.dir)).ok)
  assert.equal(readFileSync(file, 'utf8'), `${line}\n${line}\n`)
  const refused = await giveTo(['sh', '-c', 'echo full >&2; exit 3'], line, server.dir)
  assert.match(refused.ok ? '' : (refused.problems[0]?.found ?? ''), /^exit 3: full/)
})
