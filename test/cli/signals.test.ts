import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { signingKey } from '../connect/signing-key.ts'
import { eventsIn, ranRollout } from './rollout.ts'

const main = join(import.meta.dirname, '../../playbooks/upkeep.js')

/** A controller in the middle of something that takes a while: a place for heads of the journal answers after 5 s. */
async function controllerAtWork(context: TestContext) {
  const { cwd } = await ranRollout(context, undefined, { soakMs: 400 * 86_400_000 })
  const key = signingKey(cwd, 'heads-key')
  writeFileSync(join(cwd, 'signers'), `upkeep namespaces="upkeep-head" ${key.publicKey}\n`)
  const estate = join(cwd, 'estate.yaml')
  const slow = `[sh, -c, 'cat >>kept; touch asked; sleep 5']`
  const heads = `journal:\n  heads:\n    key: ./heads-key\n    allowedSigners: ./signers\n    to: { slow: { command: ${slow} } }\n`
  writeFileSync(estate, `${readFileSync(estate, 'utf8')}\n${heads}`)
  const child = spawn(process.execPath, ['--disable-warning=DEP0190', main, 'resume'], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  context.after(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()))
  const ended = new Promise<number | string | null>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal)),
  )
  async function until(is: () => boolean): Promise<void> {
    for (let tries = 0; !is(); tries += 1) {
      assert.ok(tries < 600, said)
      await sleep(50)
    }
  }
  await until(() => existsSync(join(cwd, 'asked')))
  return { cwd, child, ended, until, said: () => said }
}

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
  // Fault 26, people: SIGTERM, SIGHUP or SIGINT once.
  // Outcome: nothing more is begun, what is under way is finished, and the journal has the end of the run.
  test(`${signal} once: what is under way is finished, and the run ends as interrupted`, async (context) => {
    const { cwd, child, ended, said } = await controllerAtWork(context)
    child.kill(signal)
    assert.equal(await ended, 130, said())
    assert.match(said(), /Starting no more hosts; the ones in flight are finished/)
    const run = eventsIn(cwd).findLastIndex(({ type }) => type === 'run.started')
    const after = eventsIn(cwd).slice(run)
    assert.ok(
      after.some(({ type, data }) => type === 'head.ended' && data['sent'] === true),
      'what was under way ended well',
    )
    assert.ok(after.some(({ type }) => type === 'run.ended'))
  })

  // Fault 26, people: SIGTERM, SIGHUP or SIGINT twice.
  // Outcome: the controller leaves at once, and says what takes over.
  test(`${signal} twice: it leaves at once, and says what takes over`, async (context) => {
    const { child, ended, until, said } = await controllerAtWork(context)
    child.kill(signal)
    await until(() => said().includes('Starting no more hosts'))
    const begun = performance.now()
    child.kill(signal)
    assert.equal(await ended, 130, said())
    assert.ok(performance.now() - begun < 3_000, `left after ${performance.now() - begun} ms`)
    assert.match(said(), /`upkeep resume` takes over/)
  })
}
