import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { pathToFileURL } from 'node:url'
import { ranRollout } from './rollout.ts'
import { directory, processorMs } from './upkeep.ts'

const main = join(import.meta.dirname, '../../playbooks/upkeep.js')
const table = join(import.meta.dirname, '../../playbooks/commands.ts')
const steps = join(import.meta.dirname, '../../playbooks/rollout/world.ts')
const hook = `data:text/javascript,import{registerHooks}from'node:module';registerHooks({load(u,c,n){const m=/node_modules\\/([^/]+)/.exec(u);if(m)process.stderr.write('package '+m[1]+'\\n');return n(u,c)}})`

/** Figure that was set for looking at rollouts; a test machine may be slower, and busy with other tests. */
const mostStatusMs = 400
const slowMachine = 2

function packagesOf(cwd: string, ...args: readonly string[]): ReadonlySet<string> {
  const argv = ['--disable-warning=DEP0190', '--import', hook, main, ...args]
  const { stderr, status } = spawnSync(process.execPath, argv, { cwd, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return new Set([...stderr.matchAll(/^package (.+)$/gm)].map(([, name = '']) => name))
}

test('a look at status or estate loads no connection, no shell, no mail and no schema builder', async (context) => {
  const { cwd } = await ranRollout(context)
  for (const verb of [['check'], ['patch', 'status'], ['journal', 'verify']]) {
    const loaded = packagesOf(cwd, ...verb)
    for (const heavy of ['zx', 'node-ssh', 'ssh2', 'nodemailer', 'typebox']) {
      assert.ok(!loaded.has(heavy), `${verb.join(' ')} loads ${heavy}`)
    }
  }
})

test('no verb brings all that Node has for fetch with it: 40 ms', () => {
  const load = `const { commands } = await import(${JSON.stringify(pathToFileURL(table).href)})
    for (const { estate, load } of commands) if (estate) await load()
    await import(${JSON.stringify(pathToFileURL(steps).href)})
    console.log(process.moduleLoadList.filter((name) => name.includes('undici/undici')).length)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', load], {
    encoding: 'utf8',
  })
  assert.equal(stdout, '0\n', stderr)
})

test('from the second start on, nothing that takes types away is loaded: 0.1 s', (context) => {
  const cwd = directory(context, true)
  const report = `data:text/javascript,process.on('exit',()=>process.stderr.write('amaro '+process.moduleLoadList.some((name)=>name.includes('amaro'))+'\\n'))`
  // The cache that the tests have for themselves is not the one that is looked for here.
  const { NODE_COMPILE_CACHE: _others, ...env } = process.env
  const argv = ['--import', report, main, 'check']
  const start = () => spawnSync(process.execPath, argv, { cwd, env, encoding: 'utf8' })
  start()
  const { stderr, status } = start()
  assert.equal(status, 0, stderr)
  assert.match(stderr, /^amaro false$/m)
})

test(`upkeep patch status costs less than ${mostStatusMs} ms of processor time`, async (context) => {
  const { cwd } = await ranRollout(context)
  const args = ['patch', 'status', '--estate', join(cwd, 'estate.yaml')]
  const measured = [1, 2, 3, 4, 5].map(() => processorMs(args)).sort((a, b) => a - b)
  context.diagnostic(`processor time ${measured.map(Math.round).join(', ')} ms`)
  assert.ok((measured[0] ?? NaN) < mostStatusMs * slowMachine, measured.join(', '))
})
