import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { type Job, jobsOf } from '../../../core/schedule/jobs.ts'
import { ownerOf, withoutMark } from '../../../core/schedule/mark.ts'
import { type Around, unfit, unitsOf } from '../../../core/schedule/units.ts'
import { sampleEstate } from './estate.ts'

const around: Around = {
  estate: 'example-company',
  file: '/srv/acme/estate.yaml',
  digest: 'd1',
  program: ['/opt/node', '/opt/upkeep/main.ts'],
  directory: '/srv/acme',
  stateDir: '/srv/acme/state',
  user: 'root',
  mailed: ['erp'],
  fromMs: Date.UTC(2026, 0),
  toMs: Date.UTC(2029, 0),
}

function units(jobs: readonly Job[] = jobsOf(sampleEstate()), change: Partial<Around> = {}) {
  return Object.assign({}, ...jobs.map((job) => unitsOf(job, { ...around, ...change }))) as Record<
    string,
    string
  >
}

function lines(text: string | undefined, key: string): readonly string[] {
  return (text ?? '').split('\n').filter((line) => line.startsWith(`${key}=`))
}

test('each job has a service and a timer that knows whose it is', () => {
  const files = units()
  assert.deepEqual(
    Object.keys(files),
    ['patrol_erp', 'patrol_oa', 'cleanup_erp', 'resume'].flatMap((name) => [
      `upkeep_example-company_${name}.service`,
      `upkeep_example-company_${name}.timer`,
    ]),
  )
  for (const text of Object.values(files)) {
    assert.deepEqual(ownerOf(text), {
      estate: 'example-company',
      file: '/srv/acme/estate.yaml',
      digest: 'd1',
    })
  }
  const other = units(undefined, { digest: 'd2' })
  for (const [file, text] of Object.entries(files))
    assert.equal(withoutMark(text), withoutMark(other[file] ?? ''))
})

test('an inspection leaves metrics where the estate says so', () => {
  const starts = (change: Partial<Around>) =>
    lines(units(undefined, change)['upkeep_example-company_patrol_erp.service'], 'ExecStart')
  assert.match(
    starts({ metrics: '/var/lib/node exporter' })[0] ?? '',
    / "patrol" "--system" "erp" "--mail" "--metrics" "\/var\/lib\/node exporter" "--estate" /,
  )
  assert.doesNotMatch(starts({})[0] ?? '', /--metrics/)
})

test('a clean-up is planned and then run; both end the same way for systemd as for people', () => {
  const service = units()['upkeep_example-company_cleanup_erp.service']
  assert.deepEqual(lines(service, 'ExecStart'), [
    'ExecStart="/opt/node" "/opt/upkeep/main.ts" "cleanup" "plan" "--system" "erp" "--out" "/srv/acme/state/schedule/cleanup-erp.json" "--estate" "/srv/acme/estate.yaml"',
    'ExecStart="/opt/node" "/opt/upkeep/main.ts" "cleanup" "run" "--plan" "/srv/acme/state/schedule/cleanup-erp.json" "--reason" "on schedule" "--estate" "/srv/acme/estate.yaml"',
  ])
  // Only an end with 7 (another controller is at work) is tried again.
  const [notAgain = ''] = lines(service, 'RestartPreventExitStatus')
  const ends = notAgain.split(/[= ]/).slice(1)
  for (const end of ['1', '6', '8', '130', '200', '203', '217', '255', 'SIGKILL', 'SIGSEGV'])
    assert.ok(ends.includes(end), end)
  assert.ok(!ends.includes('7'))
  // And that not for ever.
  assert.deepEqual(lines(service, 'StartLimitBurst'), ['StartLimitBurst=12'])
})

test('an inspection is mailed where it has somebody to be mailed to', () => {
  const files = units()
  const started = (system: string) =>
    lines(files[`upkeep_example-company_patrol_${system}.service`], 'ExecStart').join()
  assert.match(started('erp'), /"patrol" "--system" "erp" "--mail" /)
  assert.match(started('oa'), /"patrol" "--system" "oa" "--estate" /)
})

// Fault 13, people: daylight saving leaves out the time at which a timer is due. Outcome: the timer has a line for that night.
test('a time that spring nights leave out has a line for each of them, and no other has', () => {
  const estate = sampleEstate((own) => {
    const early = { times: ['02:30'], timeZone: 'Europe/Berlin' }
    own.schedule = { patrol: { core: early, office: { times: ['12:00'], timeZone: 'Europe/Berlin' } } }
  })
  const files = units(jobsOf(estate))
  assert.deepEqual(lines(files['upkeep_example-company_patrol_erp.timer'], 'OnCalendar'), [
    'OnCalendar=*-*-* 02:30:00 Europe/Berlin',
    'OnCalendar=2026-03-29 01:00:00 UTC',
    'OnCalendar=2027-03-28 01:00:00 UTC',
    'OnCalendar=2028-03-26 01:00:00 UTC',
  ])
  assert.equal(lines(files['upkeep_example-company_patrol_oa.timer'], 'OnCalendar').length, 1)
})

/** What systemd finds wrong with units, and the argument lists that it reads out of their services. */
function verified(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-units-'))
  try {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text)
    const paths = readdirSync(directory).map((file) => join(directory, file))
    const ran = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' })
    return `${ran.stderr}${ran.stdout}`
      .split('\n')
      .filter((line) => line.includes('upkeep'))
      .join('\n')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

test('systemd itself has nothing to say against them, also with paths that it would read otherwise', () => {
  // A path with all that systemd gives a meaning to, that is there: verify looks for the program.
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-units-'))
  try {
    const hostile = join(directory, `a b%h$HOME\${HOME}"c'd\\x41;e#f`)
    const place = join(directory, 'a b%h$HOME${HOME};e#f')
    for (const made of [hostile, place]) mkdirSync(made)
    const program = join(place, 'node')
    writeFileSync(program, '#!/bin/sh\n')
    chmodSync(program, 0o755)
    const paths = { program: [program, join(hostile, 'main.ts')], directory: hostile, stateDir: hostile }
    const found = verified(units(undefined, { ...paths, file: join(hostile, 'estate.yaml') }))
    assert.equal(found, '')
    assert.match(
      verified(units(undefined, { program: [join(directory, 'nowhere')] })),
      /nowhere/,
      'verify looks',
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('a path that no unit can hold is named', () => {
  assert.equal(unfit('/srv/a b/ü%'), undefined)
  for (const path of ['/srv/a\nExecStart=/bin/false', '/srv/a ', '/srv/a\\']) assert.ok(unfit(path), path)
  assert.equal(unfit(`/srv/"a'b*`), undefined)
  for (const path of ['/srv/*.env', '/srv/a?', '/srv/[a]', '/srv/a\\b'])
    assert.ok(unfit(path, 'environment'), path)
  for (const path of ['/srv/"node', "/srv/'node", '/srv/a\\b/node']) assert.ok(unfit(path, 'program'), path)
})

test('the timers start when we say that they do', () => {
  const timer = units()['upkeep_example-company_patrol_oa.timer']
  const [line = ''] = lines(timer, 'OnCalendar')
  const said = execFileSync(
    'systemd-analyze',
    ['calendar', '--base-time=2026-11-26 00:00:00 UTC', '--iterations=2', line.slice('OnCalendar='.length)],
    { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } },
  )
  assert.match(said, /elapse: Thu 2026-11-26 00:02:30 UTC/)
  assert.match(said, /#2: Mon 2026-11-30 00:02:30 UTC/)
})
