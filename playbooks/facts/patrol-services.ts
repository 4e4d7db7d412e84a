import {
  absentFigure,
  type Figure,
  goneFigure,
  type Look,
  seenFigure,
  unknownFigure,
} from '../../core/patrol/figure.ts'
import { newerKernel } from '../../core/patrol/kernel.ts'
import type { Answer } from './answer.ts'
import type { Times, Wanted } from './patrol.ts'
import { elapsedS } from './patrol-processor.ts'
import { lines, section, whole } from './patrol-section.ts'

const unitName = /^(?:[●*] )?(?<unit>[A-Za-z0-9:_.@\\-]{1,255})(?: .*)?$/

/** Services that must run, failed units, the clock, and what was patched and is not yet in use. */
export function readServices(
  answer: Answer,
  wanted: Wanted,
  scope: Look['scope'],
  times: Times,
): readonly Figure[] {
  return [
    ...services(answer, wanted),
    ...failedUnits(answer, wanted),
    synchronised(answer, scope),
    skew(answer, times),
    blockedTasks(answer),
    reboot(answer),
    ...restarts(answer),
  ]
}

type Unit = { readonly load: string; readonly active: string }

// systemctl answers in the order of the names, with a blank line between; by an alias it gives the unit's own name.
function units(answer: Answer, { services, failedBefore }: Wanted): readonly (Unit | string)[] {
  const names = [...services, ...failedBefore]
  if (names.length === 0) return []
  const text = whole(answer, 'services')
  if (!text.ok) return names.map(() => text.why)
  const records = text.value.trim().split(/\n\n+/)
  return names.map((_, at) => {
    const record = records.length === names.length ? (records[at] ?? '') : ''
    const load = /^LoadState=([a-z-]+)$/m.exec(record)?.[1]
    const active = /^ActiveState=([a-z-]+)$/m.exec(record)?.[1]
    return load === undefined || active === undefined ? 'systemd did not say how it is' : { load, active }
  })
}

function services(answer: Answer, wanted: Wanted): readonly Figure[] {
  const found = units(answer, wanted)
  return wanted.services.map((name, at) => {
    const unit = found[at] ?? 'systemd did not say how it is'
    if (typeof unit === 'string') return unknownFigure('services', unit, name)
    const runs = ['active', 'reloading'].includes(unit.active)
    return seenFigure('services', runs ? 0 : 1, {
      of: name,
      said: unit.load === 'loaded' ? unit.active : unit.load,
    })
  })
}

// A unit that failed last time and is not there any more was not mended by that.
function failedUnits(answer: Answer, wanted: Wanted): readonly Figure[] {
  const { rows, why } = lines(answer, 'failed', unitName)
  const failed = new Set(rows.map(({ unit = '' }) => unit))
  const before = units(answer, wanted).slice(wanted.services.length)
  const gone = wanted.failedBefore.flatMap((name, at): readonly Figure[] => {
    const unit = before[at] ?? ''
    if (failed.has(name)) return []
    if (typeof unit === 'string') return [unknownFigure('failedUnits', unit, name)]
    return unit.load === 'not-found'
      ? [goneFigure('failedUnits', name, 'systemd knows no such unit any more')]
      : []
  })
  const shown = [...failed].map((unit) => seenFigure('failedUnits', 1, { of: unit }))
  return [...shown, ...gone, ...(why === null ? [] : [unknownFigure('failedUnits', why)])]
}

// Blocked the whole time: the same thread, and it did not give up a processor that it did not have.
function blockedTasks(answer: Answer): Figure {
  const pattern = /^(?<pid>\d{1,10}) (?<switches>\d{1,20})(?: (?<name>[^\n]{1,40}))?$/
  const [first, last] = ['blocked-first', 'blocked-last'].map((name) => lines(answer, name, pattern))
  const why = first?.why ?? last?.why ?? null
  if (why !== null) return unknownFigure('blockedTasks', why)
  const before = new Set(first?.rows.map(({ pid, switches }) => `${pid} ${switches}`))
  const stuck = (last?.rows ?? []).filter(({ pid, switches }) => before.has(`${pid} ${switches}`))
  const names = [...new Set(stuck.map(({ name = '?' }) => name))].slice(0, 5)
  return seenFigure('blockedTasks', stuck.length, stuck.length === 0 ? {} : { said: names.join(', ') })
}

function synchronised(answer: Answer, scope: Look['scope']): Figure {
  if (scope === 'cgroup') return absentFigure('clockSync', 'the clock of a container is the machine’s')
  const said = section(answer, 'clock', /^(yes|no)$/)
  return said.ok
    ? seenFigure('clockSync', said.value === 'yes' ? 0 : 1)
    : unknownFigure('clockSync', said.why)
}

// The host read its clock, and then took so long for the rest: only what lies outside of what is left is certain. A part
// that hung must not hide that the clock is wrong.
function skew(answer: Answer, { before, after }: Times): Figure {
  const line = section(answer, 'time', /^\d{12,14}$/)
  if (!line.ok) return unknownFigure('clockSkew', line.why)
  const restS = elapsedS(answer)
  if (typeof restS === 'string') return unknownFigure('clockSkew', restS)
  const hostMs = Number(line.value)
  // /proc/uptime counts hundredths, and stands a moment before the clock was read.
  const latest = Math.max(before, after - restS * 1000 + 100)
  const ms = hostMs < before ? before - hostMs : Math.max(0, hostMs - latest)
  return seenFigure('clockSkew', ms / 1000, {
    ...(ms === 0 ? {} : { said: hostMs < before ? 'behind the controller' : 'ahead of the controller' }),
  })
}

function reboot(answer: Answer): Figure {
  const asked = lines(answer, 'reboot', /^(?<why>[ -~]{1,300})$/)
  const kernels = lines(answer, 'kernels', /^(?<name>[A-Za-z0-9.+~_-]{1,120})$/)
  const [running, ...installed] = kernels.rows.map(({ name = '' }) => name)
  const why = asked.why ?? kernels.why ?? (running === undefined ? 'the kernel did not say its name' : null)
  if (why !== null || running === undefined) return unknownFigure('reboot', why ?? '')
  const newer = newerKernel(
    running,
    installed.filter((name) => !name.startsWith('0-rescue')),
  )
  const reasons = [
    ...asked.rows.map((row) => row['why'] ?? ''),
    ...(newer === null ? [] : [`kernel ${newer} is installed, ${running} runs`]),
  ]
  return seenFigure(
    'reboot',
    reasons.length === 0 ? 0 : 1,
    reasons.length === 0 ? {} : { said: reasons.join('; ') },
  )
}

/** Each line is one service to restart. */
function restarts(answer: Answer): readonly Figure[] {
  const { rows, why } = lines(answer, 'restarts', /^(?<of>[A-Za-z0-9:_.@\\-]{1,255})$/)
  const blind = why === null ? [] : [unknownFigure('restarts', why)]
  return [...rows.map(({ of = '' }) => seenFigure('restarts', 1, { of })), ...blind]
}
