import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { parse, stringify } from 'yaml'
import { labEstate } from '../../lab/estate.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import type { Estate } from '../../schemas/estate.ts'
import type { LabCloud } from '../../schemas/lab-cloud.ts'
import { onlyDocument } from './document.ts'
import { directory, processorMs, recorded } from './upkeep.ts'

// What stands in the way of an engine is said before there is one: no engine runs here (test/stacks/engine.lab.test.ts).

type Placed = { readonly cwd: string; readonly cloud: (change?: Partial<LabCloud>) => void }

/** The lab's estate in a directory of its own. */
function placed(context: TestContext, change: (estate: Estate) => void = () => {}): Placed {
  const cwd = directory(context)
  const estate = parse(labEstate(cwd)) as Estate
  change(estate)
  writeFileSync(join(cwd, 'estate.yaml'), stringify(estate))
  mkdirSync(join(cwd, 'cloud'))
  writeFileSync(join(cwd, 'cloud/passphrase'), 'opensesame')
  return {
    cwd,
    cloud(changed = {}) {
      const cloud: LabCloud = {
        version: 1,
        url: 'http://127.0.0.1:1',
        accessKeyId: 'AKIAEXAMPLE',
        secretAccessKey: 'swordfish',
        engine: join(cwd, 'nowhere/bin/pulumi'),
        providers: cwd,
        ...changed,
      }
      writeFileSync(join(cwd, 'cloud/cloud.json'), JSON.stringify(cloud))
    },
  }
}

async function said(cwd: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { outside, out, err } = recorded({ cwd, env })
  const code = await commandLine(outside, argv)
  return { code, out: out(), err: err() }
}

const preview = ['stack', 'preview', '--stack', 'backup']

test('a stack must be named, and a wrong name is answered with the right ones', async (context) => {
  const { cwd } = placed(context)
  const nameless = await said(cwd, ['stack', 'up'])
  assert.equal(nameless.code, 2)
  assert.match(nameless.err, /Name a stack with --stack NAME/)
  const wrong = await said(cwd, ['stack', 'up', '--stack', 'bakcup'])
  assert.equal(wrong.code, 3)
  assert.match(
    wrong.err,
    /There is no program for a stack of this name. Found: bakcup.*\n?.*Did you mean "backup"/,
  )
})

test('a stack without a passphrase is refused with both ways to give one', async (context) => {
  const { cwd } = placed(context, (estate) => delete estate.offsite?.passphrase)
  const { code, err } = await said(cwd, preview)
  assert.equal(code, 4)
  assert.match(
    err,
    /stack\/no-passphrase\nThere is no passphrase for the secrets in the state of the stack\./,
  )
  assert.match(err, /offsite: passphrase.*PULUMI_CONFIG_PASSPHRASE/)
})

test('windows of AWS need no off-site store: without a passphrase they are refused in the same way', async (context) => {
  const { cwd } = placed(context, (estate) => {
    delete estate.offsite
    estate.windows = { always: { days: ['monday'], start: '00:00', duration: '24h' } }
    estate.cloudWindows = { account: '123456789012', region: 'ap-northeast-1' }
  })
  const { code, err } = await said(cwd, ['stack', 'preview', '--stack', 'windows'])
  assert.equal(code, 4)
  assert.match(err, /stack\/no-passphrase/)
})

test('a passphrase of the environment, in a file or itself, is enough', async (context) => {
  const { cwd } = placed(context, (estate) => delete estate.offsite?.passphrase)
  for (const env of [{ PULUMI_CONFIG_PASSPHRASE: '' }, { PULUMI_CONFIG_PASSPHRASE_FILE: '/etc/hostname' }])
    assert.match((await said(cwd, preview, env)).err, /stack\/no-lab/)
})

test('a passphrase that can not be read is refused with its place', async (context) => {
  const { cwd } = placed(context, (estate) => {
    if (estate.offsite !== undefined) estate.offsite.passphrase = { file: 'nowhere' }
  })
  const { code, err } = await said(cwd, preview)
  assert.equal(code, 3)
  assert.match(err, /nowhere {2}secret\/not-read/)
})

test('a cloud of the lab that is not there, or does not answer, is refused with what brings it up', async (context) => {
  const { cwd, cloud } = placed(context)
  const none = await said(cwd, preview)
  assert.equal(none.code, 4)
  assert.match(none.err, /the lab's cloud, and it is not there\. .*upkeep lab up --cloud/)
  cloud()
  const silent = await said(cwd, preview)
  assert.equal(silent.code, 4)
  assert.match(
    silent.err,
    /127\.0\.0\.1:1 {2}stack\/lab-down\n.*moto is not running\. .*upkeep lab up --cloud/,
  )
})

test('a cloud of the lab anywhere else than on this machine is refused, and nothing is sent there', async (context) => {
  const { cwd, cloud } = placed(context)
  cloud({ url: 'https://s3.amazonaws.com' })
  const { code, err } = await said(cwd, preview)
  assert.equal(code, 3)
  assert.match(err, /lab-cloud\/pattern/)
})

test('no engine is one sentence with what to do, for people and for programs; no secret is in it', async (context) => {
  const { cwd, cloud } = placed(context)
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
  context.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  cloud({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  const people = await said(cwd, preview)
  assert.equal(people.code, 4)
  assert.match(people.err, /There is no Pulumi engine of the version that is needed\./)
  assert.match(people.err, /upkeep lab up --cloud/)
  const programs = await said(cwd, [...preview, '--json'])
  assert.equal(programs.code, 4)
  const { exit, problems } = onlyDocument(programs.out) as { exit: string; problems: { code: string }[] }
  assert.deepEqual([exit, problems[0]?.code], ['refused', 'stack/no-engine'])
  assert.doesNotMatch(people.err + programs.out, /opensesame|swordfish/)
  assert.deepEqual(readdirSync(join(cwd, 'state/stacks')), ['project'])
})

test('what the verbs of stacks load costs the help nothing', () => {
  // Twice the figure of the help, as in help.test.ts: the machine may be slow.
  assert.ok(processorMs(['stack', 'up', '--help']) < 400)
})

test('the policy for an up is printed without a cloud, an engine or a passphrase, and the same for programs', async (context) => {
  const { cwd } = placed(context, (estate) => delete estate.offsite?.passphrase)
  const words = ['stack', 'policy', '--stack', 'backup-lab']
  const { code, out } = await said(cwd, words)
  assert.equal(code, 0)
  const printed = JSON.parse(out) as { Version: string; Statement: { Sid: string }[] }
  assert.equal(printed.Version, '2012-10-17')
  const json = onlyDocument((await said(cwd, [...words, '--json'])).out)
  assert.deepEqual([json['stack'], json['filled'], json['documents']], ['backup-lab', false, [printed]])
  const filled = JSON.parse((await said(cwd, [...words, '--filled'])).out) as typeof printed
  const names = (one: typeof printed) => one.Statement.map(({ Sid }) => Sid)
  assert.ok(names(printed).includes('NewKey'))
  assert.ok(!names(filled).includes('NewKey'))
  assert.deepEqual(readdirSync(cwd).sort(), ['cloud', 'estate.yaml'])
})

test('a policy that is too long for IAM is never printed in part by itself: its parts are named', async (context) => {
  const { cwd } = placed(context, (estate) => {
    estate.cloudMonitoring = {
      account: '123456789012',
      region: 'ap-southeast-1',
      zone: 'ap-southeast-1a',
      image: 'ami-0123456789abcdef0',
      hosts: ['10.77.0.0/24'],
      runbooks: 'https://git.example.com/runbooks',
    }
  })
  const words = ['stack', 'policy', '--stack', 'monitoring']
  const whole = await said(cwd, words)
  assert.deepEqual([whole.code, whole.out], [2, ''])
  assert.match(whole.err, /usage\/part\nIAM takes 6,144 characters in one policy: this one is 2 of them/)
  assert.match(whole.err, /Allowed: --part 1, --part 2/)
  const parts = await Promise.all(['1', '2'].map(async (part) => said(cwd, [...words, '--part', part])))
  const found = parts.map(({ out }) => JSON.parse(out) as unknown)
  const json = onlyDocument((await said(cwd, [...words, '--json'])).out)
  assert.deepEqual(json['documents'], found)
  for (const part of ['0', '3', 'two']) assert.equal((await said(cwd, [...words, '--part', part])).code, 2)
})
