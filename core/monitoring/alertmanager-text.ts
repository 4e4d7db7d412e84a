import type { ResolvedEstate, ResolvedMail, ResolvedSystem, ResolvedWindow } from '../estate/resolved.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { muteTimes } from './mute-times.ts'
import { everybodyElse, peopleOf } from './people.ts'
import { isOneOf, quoted, untouched } from './quote.ts'
import { ownName, systemsOf } from './targets.ts'
import { yamlText } from './yaml-text.ts'

/** Where the monitoring host has the password of the mail server; no rendered file holds it. */
const passwordFile = '/etc/prometheus/secrets/smtp-password'

/** The receiver that mails nobody: who watches from elsewhere asks Alertmanager whether it has the Watchdog. */
const deadMan = 'dead-man'

/**
 * What a patch or a reboot brings about by itself. In the window of a system its production ring is not told of for that, and is
 * if it still is so at the end; of all else, backups above all, people hear at any time.
 */
export const expectedInWindow = [
  'ClockNotSynchronised',
  'DatabaseDown',
  'DiskSlow',
  'HostIoWait',
  'HostPressureCpu',
  'HostPressureIo',
  'HostProcessorBusy',
  'ProbeFailing',
  'ProbeSlow',
  'ServiceDown',
  'TargetDown',
  'UnitFailed',
]

/** How soon mails go out and are repeated while nothing changes. */
const pace = {
  core: { group_wait: '10s', repeat_interval: '1h' },
  others: { group_wait: '30s', repeat_interval: '4h' },
  warning: { group_wait: '5m', repeat_interval: '24h' },
}

/** What Alertmanager does with alerts: who is mailed, how soon, what is muted. Problems `monitoring/no-mail`, `monitoring/mail-server`. */
export function alertmanagerText(estate: ResolvedEstate): Result<string> {
  const others = everybodyElse(estate)
  if (estate.mail === undefined || others.length === 0)
    return fail({
      code: 'monitoring/no-mail',
      what: 'Alerts would reach nobody.',
      found:
        estate.mail === undefined ? 'no "mail:" in the estate' : 'no owner or engineer with a mail address',
      fix: 'Add "mail:" to the estate, and to the contacts of its systems.',
    })
  const server = mailServer(estate.mail)
  if (!server.ok) return server
  const systems = systemsOf(estate)
  const windows = new Map(
    systems.flatMap(({ window }) => (window === undefined ? [] : [[window.name, window]])),
  )
  return ok(
    yamlText({
      global: { resolve_timeout: '5m', ...server.value },
      route: {
        receiver: receiverOf(ownName, 'critical'),
        group_by: ['alertname', 'system', 'ring'],
        group_interval: '5m',
        ...pace.others,
        routes: [
          { matchers: ['alertname="Watchdog"'], receiver: deadMan },
          ...systems.map(routeOf),
          {
            matchers: [`system=${quoted(ownName)}`, 'severity="warning"'],
            receiver: receiverOf(ownName, 'warning'),
            ...pace.warning,
          },
        ],
      },
      inhibit_rules: inhibitions,
      ...(windows.size === 0
        ? {}
        : {
            time_intervals: [...windows.values()].map((window) => ({
              name: intervalOf(window),
              time_intervals: muteTimes(window),
            })),
          }),
      receivers: [
        { name: deadMan },
        ...systems.flatMap((system) => {
          const { warning, critical } = peopleOf(system)
          return [
            mailedTo(receiverOf(system.name, 'critical'), critical.length === 0 ? others : critical),
            mailedTo(receiverOf(system.name, 'warning'), warning.length === 0 ? others : warning),
          ]
        }),
        mailedTo(receiverOf(ownName, 'critical'), others),
        mailedTo(receiverOf(ownName, 'warning'), others),
      ],
    }),
  )
}

/** The mail server as Alertmanager knows it. Without a log-in, TLS is not asked for, as between mail servers. */
function mailServer({ smtp, from, user, password }: ResolvedMail): Result<object> {
  const { protocol, hostname, port } = new URL(smtp)
  const isTls = protocol === 'smtps:'
  // Alertmanager begins with TLS on port 465, and on no other.
  if (isTls && port !== '' && port !== '465')
    return fail({
      code: 'monitoring/mail-server',
      what: 'Alertmanager speaks smtps:// on port 465 only.',
      found: smtp,
      expected: 'smtps://HOST:465, or smtp://HOST:PORT',
    })
  const named = /^(.*)<([^<>]*)>$/.exec(from)
  return ok({
    smtp_smarthost: `${hostname}:${port || (isTls ? '465' : '587')}`,
    smtp_from: untouched(
      named === null ? addressed(from) : `${JSON.stringify(named[1]?.trim())} <${addressed(named[2] ?? '')}>`,
    ),
    smtp_require_tls: !isTls && user !== undefined,
    ...(user === undefined ? {} : { smtp_auth_username: user }),
    ...(user === undefined || password === undefined ? {} : { smtp_auth_password_file: passwordFile }),
  })
}

function routeOf({ name, tier, window }: ResolvedSystem): object {
  const muted = window === undefined ? {} : { mute_time_intervals: [intervalOf(window)] }
  const critical = {
    receiver: receiverOf(name, 'critical'),
    ...(tier === 'core' ? pace.core : pace.others),
  }
  const expected = isOneOf('alertname', expectedInWindow)
  return {
    matchers: [`system=${quoted(name)}`],
    // Test hosts too: whatever they have can wait.
    receiver: receiverOf(name, 'warning'),
    ...pace.warning,
    routes: [
      { matchers: ['ring="production"', 'severity="critical"', expected], ...critical, ...muted },
      { matchers: ['ring="production"', 'severity="critical"'], ...critical },
      ...(window === undefined ? [] : [{ matchers: ['ring="production"', expected], ...muted }]),
    ],
  }
}

// The monitoring host is up when its own node exporter is not.
const hostDown = ['alertname="TargetDown"', 'job="node"', 'host=~".+"', `system!=${quoted(ownName)}`]

/** A host that is down is told of once; so is what has two levels, and what nobody can ask because the prober is down. */
const inhibitions = [
  {
    source_matchers: hostDown,
    target_matchers: ['alertname!="TargetDown"', 'host=~".+"'],
    equal: ['system', 'host'],
  },
  {
    source_matchers: hostDown,
    target_matchers: ['alertname="TargetDown"', 'job!="node"', 'host=~".+"'],
    equal: ['system', 'host'],
  },
  {
    source_matchers: ['severity="critical"'],
    target_matchers: ['severity="warning"'],
    equal: ['alertname', 'system', 'host', 'instance', 'mountpoint', 'device', 'name', 'probe'],
  },
  {
    source_matchers: ['alertname="TargetDown"', 'part="blackbox"'],
    target_matchers: ['alertname="TargetDown"', 'job="probe"'],
  },
  {
    source_matchers: ['alertname="ProbeFailing"'],
    target_matchers: ['alertname="ProbeSlow"'],
    equal: ['system', 'instance', 'probe'],
  },
]

function receiverOf(system: string, severity: 'critical' | 'warning'): string {
  return `${system}/${severity}`
}

function intervalOf({ name }: ResolvedWindow): string {
  return `window ${name}`
}

function mailedTo(name: string, people: readonly string[]): object {
  return {
    name,
    email_configs: [
      {
        to: people.map((address) => untouched(addressed(address))).join(', '),
        send_resolved: true,
        // RFC 3834: no program answers it.
        headers: { 'Auto-Submitted': 'auto-generated' },
      },
    ],
  }
}

/** An address as Go reads it: two dots beside each other, or one at an end, stand in quotes only. */
function addressed(address: string): string {
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  return /(^|\.)(\.|$)/.test(local) ? `${JSON.stringify(local)}${address.slice(at)}` : address
}
