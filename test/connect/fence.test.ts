import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fence, fenceArgs, fencedScript, fenceRefusal } from '../../connect/fence.ts'
import { payload, startMark } from '../../connect/script.ts'

const shells = [['/bin/dash'], ['/bin/bash', '--posix'], ['/bin/bash'], ['/bin/busybox', 'sh']].filter(
  ([path]) => path !== undefined && existsSync(path),
)

const directories: string[] = []
after(() => directories.forEach((directory) => rmSync(directory, { recursive: true })))

function fenceOf(token: number, holder = `holder-${token}`): Fence {
  return { estate: 'e', token, holder }
}

/** A host of its own, as far as tokens go: a directory, and a shell that runs fenced scripts. */
function simulatedHost([shell = '', ...options]: readonly string[]) {
  const directory = join(mkdtempSync(join(tmpdir(), 'upkeep-fence-')), 'kept')
  directories.push(join(directory, '..'))
  const file = join(directory, 'fence-e')
  return {
    directory,
    file,
    says: () => (existsSync(file) ? readFileSync(file, 'utf8') : ''),
    async run(fence: Fence, script: string, args: readonly string[] = [], then?: string) {
      const child = spawn(shell, [...options, '-s'], { stdio: ['pipe', 'pipe', 'pipe'] })
      let stdout = ''
      let stderr = ''
      child.stdout.on('data', (text: Buffer) => (stdout += text.toString()))
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
      child.stdin.end(payload(fencedScript(script, then), [...fenceArgs(fence, directory), ...args]))
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
      stdout = stdout.slice(stdout.indexOf(startMark) + startMark.length + 1)
      return { code, stdout, stderr, refused: fenceRefusal(fence, { code, stdout, where: 'h' })?.code }
    },
  }
}

for (const shell of shells)
  describe(`a fenced script in ${shell.join(' ')}`, () => {
    test('runs with its arguments, its exit status and no trace of the fence', async () => {
      const host = simulatedHost(shell)
      const script = `umask; printf '%s|' "$#" "$@"; cat; ls /proc/self/fd | grep -c '^9$'; exit 42`
      const ran = await host.run(fenceOf(3), script, ["it's", '', '$x\n'])
      const umask = process.umask().toString(8).padStart(4, '0')
      assert.equal(ran.stdout, `${umask}\n3|it's||$x\n|0\n`, ran.stderr)
      assert.deepEqual([ran.code, ran.refused], [42, undefined])
      assert.equal(host.says(), '3 holder-3\n')
      assert.equal(statSync(host.file).mode & 0o777, 0o600)
      assert.equal(statSync(host.directory).mode & 0o777, 0o700)
      assert.deepEqual(readdirSync(host.directory).sort(), ['fence-e', 'fence-e.lock'])
    })

    test('goes on with what does not keep a later controller waiting, unless it failed', async () => {
      const host = simulatedHost(shell)
      const then = `printf '%s|' then "$@" "\${set:-}"
        n=0; until [ -e '${host.directory}/later' ] || [ "$n" -ge 300 ]; do sleep 0.1; n=$((n + 1)); done; exit 7`
      const first = host.run(fenceOf(3), 'set=1; echo first', ['a b'], then)
      while (!host.says().startsWith('3 ')) await sleep(20)
      const later = await host.run(fenceOf(4), `touch '${host.directory}/later'`)
      assert.equal(later.code, 0, later.stderr)
      const ran = await first
      assert.deepEqual([ran.code, ran.stdout], [7, 'first\nthen|a b||'], ran.stderr)
      const failed = await host.run(fenceOf(4), 'exit 3', [], 'echo then')
      assert.deepEqual([failed.code, failed.stdout], [3, ''])
    })

    // Fault 12, controllers: an earlier controller sends a script.
    // Outcome: refused once a later one was seen, and not run.
    test('of an earlier controller is refused once a later one was seen, and is not run', async () => {
      const host = simulatedHost(shell)
      const mark = join(host.directory, 'ran')
      for (const [fence, refused] of [
        [fenceOf(7), undefined],
        [fenceOf(7), undefined],
        [fenceOf(6), 'host/fenced'],
        [fenceOf(7, 'other'), 'host/fenced'],
        [fenceOf(10), undefined],
        [fenceOf(9), 'host/fenced'],
        [fenceOf(7), 'host/fenced'],
        [fenceOf(10), undefined],
      ] as const) {
        rmSync(mark, { force: true })
        const ran = await host.run(fence, 'touch "$1"', [mark])
        assert.equal(ran.refused, refused, `${fence.token}: ${ran.stdout}${ran.stderr}`)
        assert.equal(existsSync(mark), refused === undefined)
      }
      const ran = await host.run(fenceOf(9), ':')
      const problem = fenceRefusal(fenceOf(9), { ...ran, where: 'h' })
      assert.equal(problem?.found, 'token 10 of holder-10')
    })

    for (const text of [
      '',
      '\n',
      '5',
      '-5 a\n',
      '05 a\n',
      '5x a\n',
      'x\n',
      '99999999999999999999 a\n',
      ' \n',
    ])
      test(`is refused while the token can not be read: ${JSON.stringify(text)}`, async () => {
        const host = simulatedHost(shell)
        await host.run(fenceOf(1), ':')
        writeFileSync(host.file, text)
        const ran = await host.run(fenceOf(100), 'echo ran')
        assert.ok(ran.code !== 0 && !ran.stdout.includes('ran'), ran.stdout)
        assert.equal(host.says(), text)
      })

    test('begins only when what an earlier controller has begun is over', async () => {
      const host = simulatedHost(shell)
      const log = join(host.directory, 'log')
      await host.run(fenceOf(1), ':')
      const slow = host.run(fenceOf(1), 'echo begun >>"$1"; sleep 0.7; echo ended >>"$1"', [log])
      while (!existsSync(log)) await new Promise((resolve) => setTimeout(resolve, 10))
      const later = host.run(fenceOf(2), 'echo later >>"$1"', [log])
      assert.deepEqual([(await slow).code, (await later).code], [0, 0])
      assert.equal(readFileSync(log, 'utf8'), 'begun\nended\nlater\n')
    })

    test('does not wait for what an earlier one left running', async () => {
      const host = simulatedHost(shell)
      const startedMs = performance.now()
      await host.run(fenceOf(1), 'sleep 3 >/dev/null 2>&1 &')
      assert.equal((await host.run(fenceOf(2), ':')).code, 0)
      assert.ok(performance.now() - startedMs < 2500)
    })

    test('of many controllers at once runs in the order of their tokens', async () => {
      const host = simulatedHost(shell)
      const log = join(host.directory, 'log')
      const tokens = Array.from({ length: 30 }, (_, index) => 1 + ((index * 7) % 10))
      const ran = await Promise.all(
        tokens.map((token) => host.run(fenceOf(token), 'echo "$2" >>"$1"', [log, String(token)])),
      )
      const seen = readFileSync(log, 'utf8').trim().split('\n').map(Number)
      assert.deepEqual(
        seen,
        seen.toSorted((a, b) => a - b),
      )
      assert.equal(seen.at(-1), 10)
      assert.equal(ran.filter(({ refused }) => refused === 'host/fenced').length + seen.length, tokens.length)
      assert.equal(host.says(), '10 holder-10\n')
    })
  })

test('what could mean something in a path is no fence', () => {
  for (const change of [{ estate: '../x' }, { holder: 'a b' }, { token: 0 }, { token: 1e15 }])
    assert.throws(() => fenceArgs({ ...fenceOf(1), ...change }), /not a fence/)
})

test('the words of a script are no refusal', () => {
  const said = 'upkeep-fenced 9 x\n'
  assert.equal(fenceRefusal(fenceOf(1), { code: 0, stdout: said, where: 'h' }), undefined)
  assert.equal(fenceRefusal(fenceOf(1), { code: 79, stdout: `more\n${said}`, where: 'h' }), undefined)
})
