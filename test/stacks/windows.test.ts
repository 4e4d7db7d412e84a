import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import * as pulumi from '@pulumi/pulumi'
import ICAL from 'ical.js'
import { readEstate } from '../../core/estate/read.ts'
import { jobsOf } from '../../core/schedule/jobs.ts'
import { programOf } from '../../stacks/program.ts'
import { recording, settled } from './recorded.ts'

// What the program asks for, with the engine's own mocks. That AWS takes it, that an edit by hand shows as drift and that
// a window opens when it should is not shown here: that takes an engine, a provider and an account.

const recorded = recording('windows')
const file = join(import.meta.dirname, '../schemas/estates/valid/cloud-windows.yaml')
const read = readEstate(file, readFileSync(file, 'utf8'))
assert.ok(read.ok)
const { estate } = read.value
const program = programOf('windows-lab', estate)
assert.ok(program.ok)
const made = (await program.value()) as Record<string, pulumi.Output<string>>
await pulumi.runtime.disconnect()

const of = (type: string) => recorded.filter((one) => one.type === `aws:ssm/${type}`)
const named = (name: string) => {
  const found = recorded.filter((one) => one.name === name && one.type.startsWith('aws:'))
  const [only] = found
  assert.ok(only !== undefined && found.length === 1, `${name}: ${found.length}`)
  return only.inputs
}
type Parameters = { readonly name: string; readonly values: readonly string[] }[]
type Task = {
  readonly runCommandParameters: { readonly timeoutSeconds: number; readonly parameters: Parameters }
}
const parametersOf = (name: string) =>
  Object.fromEntries(
    (named(name)['taskInvocationParameters'] as Task).runCommandParameters.parameters.map(
      ({ name: parameter, values }) => [parameter, values],
    ),
  )

test('each system with a window has one, and nothing else is asked for', () => {
  assert.deepEqual(Object.keys(made), ['erp', 'oa'])
  const names = recorded.filter(({ type }) => type.startsWith('aws:')).map(({ name }) => name)
  const each = (system: string) =>
    ['', '-controller', '-freezes', '-hosts', '-nudge', '-scan'].map((what) => `window-${system}${what}`)
  assert.deepEqual(names.sort(), [...each('erp'), ...each('oa')].sort())
})

test('a window is open when the estate says, in its zone, for as long, and every setting is asked for', () => {
  assert.deepEqual(named('window-erp'), {
    name: 'upkeep_acme_erp',
    description: 'Window of erp: nudges Upkeep, whose gates decide; scans; installs nothing',
    schedule: 'cron(0 30 22 ? * SAT,SUN *)',
    scheduleTimezone: 'Asia/Shanghai',
    duration: 6,
    cutoff: 2,
    enabled: true,
    allowUnassociatedTargets: false,
    tags: { 'upkeep:estate': 'acme', 'upkeep:stack': 'windows', 'upkeep:tier': 'core' },
  })
  const { schedule, scheduleTimezone, duration, cutoff, tags } = named('window-oa')
  assert.deepEqual(
    { schedule, scheduleTimezone, duration, cutoff, tags },
    {
      schedule: 'cron(0 0 3 ? * SUN *)',
      scheduleTimezone: 'Europe/Berlin',
      duration: 1,
      cutoff: 0,
      tags: { 'upkeep:estate': 'acme', 'upkeep:stack': 'windows', 'upkeep:tier': 'office' },
    },
  )
})

test('nodes are found by tag: the controller by the estate, hosts by their system', () => {
  const target = (windowId: string, name: string, key: string, value: string) => ({
    windowId,
    name,
    resourceType: 'INSTANCE',
    targets: [{ key: `tag:${key}`, values: [value] }],
  })
  for (const system of ['erp', 'oa']) {
    const id = `window-${system}-id`
    assert.deepEqual(named(`window-${system}-controller`), target(id, 'controller', 'Role', 'acme'))
    assert.deepEqual(named(`window-${system}-hosts`), target(id, 'hosts', 'upkeep:system', system))
  }
})

test('nothing is installed and nothing restarted: a scan, and a word to the timer of the controller', () => {
  for (const system of ['erp', 'oa']) {
    assert.deepEqual(parametersOf(`window-${system}-scan`), {
      Operation: ['Scan'],
      RebootOption: ['NoReboot'],
    })
    assert.deepEqual(parametersOf(`window-${system}-nudge`), {
      commands: ['systemctl start --no-block upkeep_acme_resume.service'],
      executionTimeout: ['60'],
    })
  }
  const documents = of('maintenanceWindowTask:MaintenanceWindowTask').map(({ inputs }) => inputs['taskArn'])
  assert.deepEqual([...new Set(documents)].sort(), ['AWS-RunPatchBaseline', 'AWS-RunShellScript'])
  assert.doesNotMatch(JSON.stringify(recorded), /"Install"|RebootIfNeeded|apt|dnf|yum/)
})

test('the nudge starts what the timer of the controller starts for "resume"', () => {
  const [resume] = jobsOf(estate).filter(({ work }) => work === 'resume')
  assert.ok(resume !== undefined)
  const [commands] = parametersOf('window-erp-nudge')['commands'] ?? []
  assert.equal(commands, `systemctl start --no-block ${resume.name}.service`)
})

test('a task runs on the nodes of its own window, a few at a time, and stops when too many fail', () => {
  for (const system of ['erp', 'oa']) {
    for (const [task, target, atOnce, mostErrors] of [
      ['nudge', 'controller', '1', '0'],
      ['scan', 'hosts', '10%', '10%'],
    ] as const) {
      const { windowId, targets, taskType, name, priority, maxConcurrency, maxErrors } = named(
        `window-${system}-${task}`,
      )
      assert.deepEqual(
        { windowId, targets, taskType, name, priority, maxConcurrency, maxErrors },
        {
          windowId: `window-${system}-id`,
          targets: [{ key: 'WindowTargetIds', values: [`window-${system}-${target}-id`] }],
          taskType: 'RUN_COMMAND',
          name: task,
          priority: 1,
          maxConcurrency: atOnce,
          maxErrors: mostErrors,
        },
      )
    }
  }
})

test('what has not begun in time never does, well inside the shortest window; what runs at the cutoff is called off', () => {
  const shortestSeconds = 3600
  const tasks = of('maintenanceWindowTask:MaintenanceWindowTask')
  assert.equal(tasks.length, 4)
  for (const { name, inputs } of tasks) {
    const { timeoutSeconds } = (inputs['taskInvocationParameters'] as Task).runCommandParameters
    // 30 is the least that Run Command takes.
    assert.ok(timeoutSeconds >= 30 && timeoutSeconds + 60 <= shortestSeconds / 2, name)
    assert.equal(inputs['cutoffBehavior'], 'CANCEL_TASK', name)
  }
})

test('a system has a change calendar that is shut in its freezes, and in no others', () => {
  const shut = (system: string) => {
    const { content, ...document } = named(`window-${system}-freezes`)
    const tier = system === 'erp' ? 'core' : 'office'
    assert.deepEqual(document, {
      name: `upkeep_acme_${system}`,
      documentType: 'ChangeCalendar',
      documentFormat: 'TEXT',
      tags: { 'upkeep:estate': 'acme', 'upkeep:stack': 'windows', 'upkeep:tier': tier },
    })
    const calendar = new ICAL.Component(ICAL.parse(String(content)) as unknown[])
    return calendar.getAllSubcomponents('vevent').map((component) => {
      const { summary, startDate, endDate } = new ICAL.Event(component)
      return [summary, startDate.toJSDate().toISOString(), endDate.toJSDate().toISOString()]
    })
  }
  const audit = ['audit', '2026-12-01T00:00:00.000Z', '2026-12-02T12:00:00.000Z']
  const yearEnd = ['year-end', '2026-12-27T16:00:00.000Z', '2027-01-05T16:00:00.000Z']
  assert.deepEqual(shut('erp'), [audit, yearEnd])
  assert.deepEqual(shut('oa'), [yearEnd])
})

test('the provider works in the account and region of the estate alone', () => {
  const [provider, ...more] = recorded.filter(({ type }) => type === 'pulumi:providers:aws')
  assert.deepEqual(more, [])
  assert.deepEqual(JSON.parse(String(provider?.inputs['allowedAccountIds'])), ['123456789012'])
  assert.equal(provider?.inputs['region'], 'ap-northeast-1')
})

test('the ids of the windows are outputs', async () => {
  const { erp } = made
  assert.ok(erp)
  assert.deepEqual(await settled(erp), { value: 'window-erp-id', secret: false })
})
