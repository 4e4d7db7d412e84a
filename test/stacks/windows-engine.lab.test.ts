import assert from 'node:assert/strict'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  DescribeMaintenanceWindowsCommand,
  DescribeMaintenanceWindowTargetsCommand,
  DescribeMaintenanceWindowTasksCommand,
  DeregisterTargetFromMaintenanceWindowCommand,
  GetDocumentCommand,
  GetMaintenanceWindowCommand,
  GetMaintenanceWindowTaskCommand,
  ListDocumentsCommand,
  UpdateMaintenanceWindowCommand,
} from '@aws-sdk/client-ssm'
import type { Estate } from '../../schemas/estate.ts'
import { byHand } from '../stand-in/cloud.ts'
import { type Rehearsal, rehearsal } from './rehearsal.ts'

// The real engine makes the windows of the lab's estate; the provider is the lab's stand-in, the cloud is moto.

const stack = 'windows'

function withWindows(estate: Estate): void {
  estate.windows = {
    night: { days: ['sunday', 'saturday'], start: '22:30', duration: '6h', cutoff: '2h' },
    early: { days: ['sunday'], start: '03:00', duration: '1h', timeZone: 'Europe/Berlin' },
  }
  estate.freezes = [{ name: 'year-end', from: '2027-12-28', to: '2028-01-05', systems: ['erp'] }]
  for (const [name, window] of [
    ['erp', 'night'],
    ['oa', 'early'],
  ] as const)
    Object.assign(estate.systems[name] ?? {}, { window })
  estate.cloudWindows = { account: '123456789012', region: 'ap-southeast-1' }
}

describe('the program "windows" on the real engine', () => {
  let lab: Rehearsal
  before(async () => {
    lab = await rehearsal()
    lab.change(withWindows)
  })
  after(() => lab.end())

  const ssm = () => byHand({ url: lab.cloud().url, key: lab.cloud() }).ssm
  const windowsThere = async () =>
    (await ssm().send(new DescribeMaintenanceWindowsCommand({}))).WindowIdentities ?? []
  const idOf = async (name: string) => (await windowsThere()).find((one) => one.Name === name)?.WindowId ?? ''
  const did = ({ changes }: Awaited<ReturnType<Rehearsal['stack']>>) =>
    changes.map(({ operation, name, properties }) => `${operation} ${name}: ${properties.join()}`).sort()

  test('an up makes a window for each system, with whom it means, what runs and its calendar, and moto lists them', async () => {
    const before = await lab.stack('preview', stack)
    assert.equal(before.code, 0, before.text)
    assert.deepEqual(await windowsThere(), [])
    const made = await lab.stack('up', stack)
    assert.equal(made.code, 0, made.text)
    assert.equal(made.changes.length, before.changes.length)
    const names = (await windowsThere()).map(({ Name }) => Name)
    assert.deepEqual(names.sort(), ['upkeep_lab_erp', 'upkeep_lab_oa'])
    const WindowId = await idOf('upkeep_lab_erp')
    const window = await ssm().send(new GetMaintenanceWindowCommand({ WindowId }))
    const { Schedule, ScheduleTimezone, Duration, Cutoff, Enabled, AllowUnassociatedTargets } = window
    assert.deepEqual(
      { Schedule, ScheduleTimezone, Duration, Cutoff, Enabled, AllowUnassociatedTargets },
      {
        Schedule: 'cron(0 30 22 ? * SAT,SUN *)',
        ScheduleTimezone: 'Asia/Shanghai',
        Duration: 6,
        Cutoff: 2,
        Enabled: true,
        AllowUnassociatedTargets: false,
      },
    )
    const { Targets = [] } = await ssm().send(new DescribeMaintenanceWindowTargetsCommand({ WindowId }))
    assert.deepEqual(
      Targets.flatMap((one) => one.Targets)
        .map((one) => [one?.Key, one?.Values])
        .sort(),
      [
        ['tag:upkeep:controller', ['lab']],
        ['tag:upkeep:system', ['erp']],
      ],
    )
    const { Tasks = [] } = await ssm().send(new DescribeMaintenanceWindowTasksCommand({ WindowId }))
    const asked: unknown[] = []
    for (const { WindowTaskId } of Tasks) {
      const task = await ssm().send(new GetMaintenanceWindowTaskCommand({ WindowId, WindowTaskId }))
      const { TimeoutSeconds, Parameters } = task.TaskInvocationParameters?.RunCommand ?? {}
      asked.push([task.Name, task.TaskArn, task.CutoffBehavior, TimeoutSeconds, Parameters])
    }
    assert.deepEqual(asked.sort(), [
      [
        'nudge',
        'AWS-RunShellScript',
        'CANCEL_TASK',
        600,
        { commands: ['systemctl start --no-block upkeep_lab_resume.service'], executionTimeout: ['60'] },
      ],
      [
        'scan',
        'AWS-RunPatchBaseline',
        'CANCEL_TASK',
        600,
        { Operation: ['Scan'], RebootOption: ['NoReboot'] },
      ],
    ])
    const Filters = [{ Key: 'DocumentType', Values: ['ChangeCalendar'] }]
    const { DocumentIdentifiers = [] } = await ssm().send(new ListDocumentsCommand({ Filters }))
    assert.deepEqual(DocumentIdentifiers.map(({ Name }) => Name).sort(), ['upkeep_lab_erp', 'upkeep_lab_oa'])
    const calendar = await ssm().send(
      new GetDocumentCommand({ Name: 'upkeep_lab_erp', DocumentFormat: 'TEXT' }),
    )
    assert.match(calendar.Content ?? '', /SUMMARY:year-end/)
  })

  test('a second up changes nothing, and so say preview and refresh', async () => {
    for (const verb of ['up', 'preview', 'refresh']) {
      const said = await lab.stack(verb, stack)
      assert.deepEqual([said.code, did(said)], [0, []], said.text)
    }
  })

  test('a window that somebody edited in the cloud shows as drift, and the next up takes it back', async () => {
    const WindowId = await idOf('upkeep_lab_erp')
    await ssm().send(
      new UpdateMaintenanceWindowCommand({ WindowId, Schedule: 'cron(0 0 9 ? * MON *)', Enabled: false }),
    )
    const { Targets = [] } = await ssm().send(new DescribeMaintenanceWindowTargetsCommand({ WindowId }))
    const WindowTargetId = Targets.find(({ Name }) => Name === 'hosts')?.WindowTargetId
    await ssm().send(new DeregisterTargetFromMaintenanceWindowCommand({ WindowId, WindowTargetId }))
    const found = await lab.stack('refresh', stack)
    assert.equal(found.code, 0, found.text)
    const drift = found.changes.map(({ name, properties }) => [name, [...properties].sort()])
    assert.deepEqual(drift.sort(), [
      ['window-erp', ['enabled', 'schedule']],
      ['window-erp-hosts', []],
    ])
    const back = await lab.stack('up', stack)
    assert.deepEqual(
      [
        back.code,
        did(back)
          .map((one) => one.split(':')[0])
          .sort(),
      ],
      [0, ['create window-erp-hosts', 'update window-erp', 'update window-erp-scan']],
    )
    const now = await ssm().send(new GetMaintenanceWindowCommand({ WindowId }))
    assert.deepEqual([now.Schedule, now.Enabled], ['cron(0 30 22 ? * SAT,SUN *)', true])
    assert.deepEqual(did(await lab.stack('refresh', stack)), [])
  })

  test('a longer window is an update of the window alone: it keeps its id, and nothing is made anew', async () => {
    const WindowId = await idOf('upkeep_lab_oa')
    lab.change((estate) => Object.assign(estate.windows?.['early'] ?? {}, { duration: '2h' }))
    const said = await lab.stack('up', stack)
    assert.deepEqual([said.code, did(said)], [0, ['update window-oa: duration']], said.text)
    const now = await ssm().send(new GetMaintenanceWindowCommand({ WindowId }))
    assert.deepEqual([now.Name, now.Duration], ['upkeep_lab_oa', 2])
  })

  test('a window that AWS can not have stops before any resource, with its place in the estate', async () => {
    const text = readFileSync(lab.estate, 'utf8')
    lab.change((estate) => Object.assign(estate.windows?.['early'] ?? {}, { duration: '90m' }))
    const { code, problems, text: said } = await lab.stack('up', stack)
    assert.equal(code, 3, said)
    assert.match(said, /estate\.yaml:\d+:\d+/)
    assert.ok(problems.length > 0)
    const WindowId = await idOf('upkeep_lab_oa')
    assert.equal((await ssm().send(new GetMaintenanceWindowCommand({ WindowId }))).Duration, 2)
    writeFileSync(lab.estate, text)
  })

  test('an unknown stack, another passphrase, an engine that is gone: one sentence each, and nothing is done', async () => {
    assert.equal((await lab.stack('up', 'widnows')).problems[0]?.code, 'input/stack-unknown')
    const right = readFileSync(lab.passphrase, 'utf8')
    writeFileSync(lab.passphrase, 'not it')
    assert.equal((await lab.stack('up', stack)).problems[0]?.code, 'stack/passphrase')
    renameSync(lab.passphrase, `${lab.passphrase}.away`)
    assert.equal((await lab.stack('up', stack)).problems[0]?.code, 'secret/not-read')
    writeFileSync(lab.passphrase, right, { mode: 0o600 })
    const file = join(lab.estate, '../cloud/cloud.json')
    const cloud = readFileSync(file, 'utf8')
    writeFileSync(file, JSON.stringify({ ...lab.cloud(), engine: '/nowhere/bin/pulumi' }))
    assert.equal((await lab.stack('up', stack)).problems[0]?.code, 'stack/no-engine')
    writeFileSync(file, cloud)
    assert.equal((await windowsThere()).length, 2)
  })

  test('a destroy removes all of it, and says nothing is left to do when it is asked again', async () => {
    const gone = await lab.stack('destroy', stack)
    assert.equal(gone.code, 0, gone.text)
    assert.deepEqual(await windowsThere(), [])
    assert.deepEqual((await ssm().send(new ListDocumentsCommand({}))).DocumentIdentifiers, [])
    const again = await lab.stack('destroy', stack)
    assert.deepEqual([again.code, again.changes], [0, []], again.text)
  })

  test('a moto that is down is one sentence with what to do', async () => {
    await lab.stopMoto()
    assert.equal((await lab.stack('up', stack)).problems[0]?.code, 'stack/lab-down')
  })
})
