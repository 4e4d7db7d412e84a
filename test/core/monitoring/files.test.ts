import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import type { ResolvedEstate, ResolvedWindow } from '../../../core/estate/resolved.ts'
import { muteTimes } from '../../../core/monitoring/mute-times.ts'
import { monitoringFiles } from '../../../core/monitoring/files.ts'
import { isOneOf, literally, quoted, untouched } from '../../../core/monitoring/quote.ts'
import { firstLine, yamlText } from '../../../core/monitoring/yaml-text.ts'
import { openings } from '../../../core/gate/opening.ts'
import { wallClock } from '../../../core/gate/wall-clock.ts'
import { weekdays } from '../../../schemas/weekdays.ts'
import { sampleEstate } from '../schedule/estate.ts'
import { filesOf, isAlert, monitored, rulesIn, runbooks } from './rendered.ts'

test('the same estate gives the same bytes, and each file says where it comes from', () => {
  const again = filesOf(structuredClone(monitored))
  assert.deepEqual(again, filesOf(monitored))
  for (const text of Object.values(again)) assert.ok(text.startsWith(`${firstLine}\n`))
})

test('no rendered file holds a secret, or where the controller has one', () => {
  const text = Object.values(filesOf(monitored)).join('')
  for (const word of ['secrets/mail', 'erp-probe', 'upkeep_ed25519', 'sudo', '/srv/acme'])
    assert.ok(!text.includes(word), word)
  assert.match(text, /smtp_auth_password_file: \/etc\/prometheus\/secrets\/smtp-password/)
  assert.doesNotMatch(text, /password:/)
})

/** Targets of a job by address, with their labels. */
function targetsOf(estate: ResolvedEstate, job: string): Readonly<Record<string, Record<string, string>>> {
  const { scrape_configs } = parse(filesOf(estate)['prometheus.yml']) as {
    scrape_configs: {
      job_name: string
      static_configs: { targets: string[]; labels: Record<string, string> }[]
    }[]
  }
  const found = scrape_configs.find(({ job_name }) => job_name === job)?.static_configs ?? []
  return Object.fromEntries(found.map(({ targets, labels }) => [targets.join(), labels]))
}

test('every host that can have an exporter is asked; an appliance is not', () => {
  const found = targetsOf(monitored, 'node')
  const hosts = Object.values(monitored.systems).flatMap(({ hosts }) => hosts)
  assert.deepEqual(Object.keys(found), [
    '127.0.0.1:9100',
    ...hosts
      .filter(({ name }) => name !== 'oa-scanner')
      .map(({ connection }) => `${connection.address}:9100`),
  ])
  assert.deepEqual(found['10.20.2.11:9100'], {
    system: 'erp',
    tier: 'core',
    ring: 'production',
    host: 'erp-db-1',
  })
})

test('the exporter of a database is asked on its primary and its standby, in both rings', () => {
  const found = targetsOf(monitored, 'postgresql')
  assert.deepEqual(Object.keys(found), ['10.20.1.11:9187', '10.20.2.11:9187', '10.20.2.12:9187'])
  assert.equal(found['10.20.2.12:9187']?.['database'], 'erp')
  assert.deepEqual(targetsOf(sampleEstate(), 'postgresql'), {}, 'none is named')
})

test('probes that the network can ask are asked, of a role on each host; what asks on a host is left to inspections', () => {
  const found = targetsOf(monitored, 'probe')
  assert.deepEqual(Object.keys(found), [
    '10.20.1.12:80',
    '10.20.2.10:80',
    'https://oa.example.com/',
    'http://10.20.2.31/search',
    'http://10.20.1.31/',
    'http://10.20.2.31/',
  ])
  assert.deepEqual(found['http://10.20.2.31/'], {
    ...{ system: 'oa', tier: 'office', ring: 'production', host: 'oa-1', probe: 'open', within: '2' },
    __param_module: 'oa/role/web/open',
  })
  const { modules } = parse(filesOf(monitored)['blackbox.yml']) as { modules: Record<string, unknown> }
  for (const { __param_module: module = '' } of Object.values(found)) assert.ok(module in modules, module)
})

test('a system has its own limits, and a limit that only one has is in one place', () => {
  const expr = (estate: ResolvedEstate) =>
    rulesIn(filesOf(estate)['rules.yml'])
      .filter(isAlert)
      .find(({ alert, labels }) => alert === 'DiskSpaceLow' && labels.severity === 'warning')?.expr
  assert.equal(
    expr(monitored)?.split('\nor\n').slice(0, 2).join('; '),
    'upkeep:disk_free:ratio{system="erp"} < 0.25; upkeep:disk_free:ratio{system=~"oa|_monitoring"} < 0.2',
  )
  const alike = sampleEstate(({ systems }) => {
    delete systems['erp']?.patrol
  })
  assert.match(expr(alike) ?? '', /^upkeep:disk_free:ratio < 0\.2\nor\nupkeep:disk_free:ratio < 0\.22 and /)
})

test('a changed limit changes the lines of its figure and no others', () => {
  const changed = sampleEstate(({ systems }) => {
    Object.assign(systems['erp']?.patrol?.limits ?? {}, { memory: { warning: 85 } })
  })
  const [before, now] = [sampleEstate(), changed].map((estate) => filesOf(estate))
  assert.ok(before !== undefined && now !== undefined)
  for (const name of ['prometheus.yml', 'alertmanager.yml', 'blackbox.yml'] as const)
    assert.equal(before[name], now[name])
  const rest = (text: string) => text.split('\n').filter((line) => !line.includes('upkeep:memory:ratio'))
  assert.deepEqual(rest(before['rules.yml']).slice(0, 80), rest(now['rules.yml']).slice(0, 80))
  assert.match(now['rules.yml'], /upkeep:memory:ratio\{system="erp"\} > 0\.85/)
})

// Fault, people: the estate names no mail server, or nobody with an address. Outcome: refused before anything is written.
test('alerts that would reach nobody are refused', () => {
  const none = monitoringFiles({ ...monitored, mail: undefined } as unknown as ResolvedEstate, runbooks)
  assert.equal(none.ok ? '' : none.problems[0]?.code, 'monitoring/no-mail')
  const unknown = sampleEstate(({ contacts }) => {
    for (const contact of Object.values(contacts)) delete contact.mail
  })
  const nobody = monitoringFiles(unknown, runbooks)
  assert.equal(nobody.ok ? '' : nobody.problems[0]?.found, 'no owner or engineer with a mail address')
})

test('a mail server that Alertmanager can not use is refused; others have TLS where a log-in asks for it', () => {
  const of = (smtp: string, user?: string) =>
    monitoringFiles(
      { ...monitored, mail: { smtp, from: 'ops@example.com', ...(user === undefined ? {} : { user }) } },
      runbooks,
    )
  const refused = of('smtps://mail.example.com:8465')
  assert.equal(refused.ok ? '' : refused.problems[0]?.code, 'monitoring/mail-server')
  const global = (smtp: string, user?: string) => {
    const files = of(smtp, user)
    assert.ok(files.ok)
    return (parse(files.value['alertmanager.yml']) as { global: Record<string, unknown> }).global
  }
  assert.deepEqual(
    [global('smtps://mail.example.com', 'a'), global('smtp://[::1]:25'), global('smtp://m', 'a')].map(
      (one) => [one['smtp_smarthost'], one['smtp_require_tls']],
    ),
    [
      ['mail.example.com:465', false],
      ['[::1]:25', false],
      ['m:587', true],
    ],
  )
})

/** Whether Alertmanager is quiet at that moment. */
function isMuted(window: ResolvedWindow, ms: number): boolean {
  return muteTimes(window).some(({ weekdays: days, times, location }) => {
    const wall = new Date(wallClock(ms, location))
    const day = weekdays[(wall.getUTCDay() + 6) % 7] ?? ''
    const minute = wall.getUTCHours() * 60 + wall.getUTCMinutes()
    const at = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
    return (
      days.includes(day) && times.some((one) => at(one.start_time) <= minute && minute < at(one.end_time))
    )
  })
}

test('mails are muted while the gate has the window open, and at no other minute', () => {
  const minute = 60_000
  const day = fc.subarray([...weekdays], { minLength: 1 })
  const span = fc.record({
    days: day,
    startMs: fc.integer({ min: 0, max: 1439 }).map((minutes) => minutes * minute),
    durationMs: fc.integer({ min: 1, max: 7 * 1440 }).map((minutes) => minutes * minute),
    timeZone: fc.constantFrom('Asia/Shanghai', 'UTC', 'Asia/Kathmandu'),
  })
  const from = Date.UTC(2026, 10, 23)
  fc.assert(
    fc.property(
      span,
      fc.array(fc.integer({ min: 0, max: 14 * 1440 }), { minLength: 40 }),
      (some, minutes) => {
        const window = { name: 'w', cutoffMs: 0, ...some }
        for (const one of minutes) {
          const ms = from + one * minute
          const open = openings({ window, freezes: [], system: 's', needMs: 0 }, ms, ms).some(
            ({ fromMs, toMs }) => fromMs <= ms && ms < toMs,
          )
          assert.equal(isMuted(window, ms), open, new Date(ms).toISOString())
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('whatever a text is, it stays one text: in YAML, in PromQL, in a regular expression, in a template', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(JSON.parse(quoted(text)), text.toWellFormed().replaceAll('\u{fffd}', '_'))
      assert.match(text, new RegExp(`^(?:${literally(text)})$`))
      const read = parse(yamlText({ [`k${text}`]: [text] }), { version: '1.1' }) as Record<string, string[]>
      assert.equal(Object.values(read).length, 1)
      const [only = ''] = Object.values(read)[0] ?? []
      assert.equal(typeof only, 'string')
      assert.ok(only === text || only.includes('_'), JSON.stringify([text, only]))
    }),
  )
  assert.equal(isOneOf('a', ['x.y', 'b|c']), 'a=~"x\\\\.y|b\\\\|c"')
  assert.equal(isOneOf('a', ['"\\']), 'a="\\"\\\\"')
  assert.equal(untouched('{{ $labels }}'), '{{"{{"}} $labels }}')
  assert.equal(quoted('\ud800'), '"_"')
})
