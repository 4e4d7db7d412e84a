import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { until } from '../../lab/must.ts'

const main = join(import.meta.dirname, '../../lab/stand-in/main.ts')
const words = ['--disable-warning=DEP0190', main]

function environment(url?: string): NodeJS.ProcessEnv {
  const { AWS_ENDPOINT_URL: _url, ...env } = process.env
  return url === undefined ? env : { ...env, AWS_ENDPOINT_URL: url }
}

for (const url of [
  undefined,
  'https://s3.amazonaws.com',
  'http://10.0.0.1:5000',
  'https://127.0.0.1:5000',
  'http://127.0.0.1.example.com/',
  'no address',
]) {
  test(`the stand-in does not start with ${url ?? 'no address'}`, () => {
    const ran = spawnSync(process.execPath, words, {
      env: environment(url),
      encoding: 'utf8',
      timeout: 30_000,
    })
    assert.equal(ran.status, 1)
    assert.equal(ran.stdout, '')
    assert.match(
      ran.stderr,
      /^The lab's stand-in for AWS works with the lab's own cloud on this machine alone, .*\n$/,
    )
  })
}

test('it says its port first, and ends when the engine was killed', { timeout: 60_000 }, async () => {
  const engine = spawn('sh', ['-c', `"$0" "$@" & echo "pid $!"; wait`, process.execPath, ...words], {
    env: environment('http://127.0.0.1:9'),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  engine.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  assert.ok(await until(async () => /^\d+$/m.test(said), 30_000, 50), said)
  const pid = /pid (\d+)/.exec(said)?.[1] ?? ''
  assert.ok(existsSync(`/proc/${pid}`))
  engine.kill('SIGKILL')
  assert.ok(await until(async () => !existsSync(`/proc/${pid}`), 10_000, 50), 'it goes on alone')
})
