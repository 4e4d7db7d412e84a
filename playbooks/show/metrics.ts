import type { PatrolItem } from '../../schemas/patrol.ts'
import type { Finding } from '../../core/patrol/findings.ts'
import { dayOf } from '../../core/patrol/history.ts'
import { type Level, levels } from '../../core/patrol/level.ts'
import { type Item, items } from '../../core/patrol/limits.ts'
import type { SystemInspection } from '../patrol/inspect.ts'
import { nagiosCode } from './nagios.ts'

/** A metric by the rules of Prometheus: `snake_case`, its base unit last. */
type Family = { readonly name: string; readonly help: string; readonly samples: readonly Sample[] }
type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

/** Base units of Prometheus, and how much of them one of ours is. */
const bases: Readonly<Record<Item['unit'], { readonly suffix: string; readonly factor: number }>> = {
  '%': { suffix: '_ratio', factor: 1 / 100 },
  ms: { suffix: '_seconds', factor: 1 / 1_000 },
  s: { suffix: '_seconds', factor: 1 },
  d: { suffix: '_seconds', factor: 86_400 },
  MB: { suffix: '_bytes', factor: 1_000_000 },
  '/s': { suffix: '_per_second', factor: 1 },
  '': { suffix: '', factor: 1 },
}
const levelCodes = 'level: 0 ok, 1 warning, 2 critical, 3 unknown'

type Inspected = { readonly estate: string; readonly time: string; readonly nextDueMs: number | null }

/**
 * What an inspection of one system found, in the text format of Prometheus for the textfile collector of its node exporter. `time` is when
 * the inspection of the `estate` began (ISO 8601), `nextDueMs` when the next one is due; null: by no timer.
 */
export function metricsText(one: SystemInspection, o: Inspected): string {
  return families(one, o)
    .filter(({ samples }) => samples.length > 0)
    .map(familyText)
    .join('')
}

function families(one: SystemInspection, o: Inspected): readonly Family[] {
  const { system, hosts, functions, findings } = one
  const ofSystem = { estate: o.estate, system: system.name, tier: system.tier }
  const all = [...hosts, ...functions]
  const beganMs = Date.parse(o.time)
  return [
    {
      name: 'upkeep_patrol_last_run_timestamp_seconds',
      help: 'When the last inspection began.',
      samples: [{ labels: ofSystem, value: Math.floor(beganMs / 1000) }],
    },
    {
      name: 'upkeep_patrol_next_due_timestamp_seconds',
      help: 'When the next inspection is due.',
      samples: o.nextDueMs === null ? [] : [{ labels: ofSystem, value: o.nextDueMs / 1000 }],
    },
    {
      name: 'upkeep_patrol_level',
      help: `Of a system, ${levelCodes}.`,
      samples: [{ labels: ofSystem, value: nagiosCode[one.level] }],
    },
    {
      name: 'upkeep_patrol_host_level',
      help: `Of a host, ${levelCodes}.`,
      samples: all.map(({ host, level }) => ({ labels: { ...ofSystem, host }, value: nagiosCode[level] })),
    },
    {
      name: 'upkeep_patrol_findings',
      help: 'Findings by level and state.',
      samples: levels.flatMap((level) =>
        level === 'ok' ? [] : states.map((state) => counted(level, state, findings, ofSystem)),
      ),
    },
    {
      name: 'upkeep_patrol_figure_level',
      help: `Of a figure, ${levelCodes}.`,
      samples: all.flatMap(({ host, judged }) =>
        judged.flatMap(({ figure: { item, of }, level }) =>
          level === null
            ? []
            : [{ labels: { ...ofSystem, host, item: snake(item), of }, value: nagiosCode[level] }],
        ),
      ),
    },
    ...(Object.keys(items) as PatrolItem[]).map((item) => figureFamily(item, all, ofSystem)),
    ...forecastFamilies(hosts, ofSystem, beganMs),
  ]
}

const states = ['new', 'open', 'closed'] as const

function counted(
  level: Exclude<Level, 'ok'>,
  state: Finding['state'],
  findings: readonly Finding[],
  ofSystem: Sample['labels'],
): Sample {
  const value = findings.filter((one) => one.level === level && one.state === state).length
  return { labels: { ...ofSystem, level, state }, value }
}

function figureFamily(item: PatrolItem, all: SystemInspection['hosts'], ofSystem: Sample['labels']): Family {
  const { title, unit } = items[item]
  const { suffix, factor } = bases[unit]
  return {
    name: `upkeep_patrol_${snake(item)}${suffix}`,
    help: `${title.slice(0, 1).toUpperCase()}${title.slice(1)}.`,
    samples: all.flatMap(({ host, judged }) =>
      judged.flatMap(({ figure }) =>
        figure.item === item && figure.state === 'seen'
          ? [{ labels: { ...ofSystem, host, of: figure.of }, value: rounded(figure.value * factor) }]
          : [],
      ),
    ),
  }
}

// Not a number where there is no forecast: an alert must not take a missing one for a far one.
function forecastFamilies(
  hosts: SystemInspection['hosts'],
  ofSystem: Sample['labels'],
  nowMs: number,
): readonly Family[] {
  const day = (days: number) => (dayOf(nowMs) + days) * 86_400
  const crossing = hosts.flatMap(({ host, forecasts }) =>
    forecasts.flatMap((one) =>
      one.state === 'crosses'
        ? [{ one, labels: { ...ofSystem, host, item: snake(one.item), of: one.of } }]
        : [],
    ),
  )
  return [
    {
      name: 'upkeep_patrol_limit_reached_timestamp_seconds',
      help: 'The day on which a figure reaches its next limit.',
      samples: crossing.map(({ one, labels }) => ({ labels, value: day(one.inDays) })),
    },
    {
      name: 'upkeep_patrol_limit_reached_earliest_timestamp_seconds',
      help: 'The begin of the band of that day.',
      samples: crossing.map(({ one, labels }) => ({ labels, value: day(one.earlyDays) })),
    },
  ]
}

function familyText({ name, help, samples }: Family): string {
  const lines = new Map(samples.map(({ labels, value }) => [labelsText(labels), value]))
  return [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} gauge`,
    // One set of labels stands once, or nothing of the file is taken.
    ...[...lines].map(([labels, value]) => `${name}${labels} ${value}`),
    '',
  ].join('\n')
}

function labelsText(labels: Sample['labels']): string {
  const written = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  )
  return `{${written.join(',')}}`
}

/** `diskFree` as `disk_free`. */
function snake(item: PatrolItem): string {
  return item.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function rounded(value: number): number {
  return Number(value.toPrecision(8))
}
