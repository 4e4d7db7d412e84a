import { absentFigure, type Figure, type Look, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { Answer } from './answer.ts'
import type { Times, Wanted } from './patrol.ts'
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
    ...services(answer, wanted.services),
    ...failedUnits(answer),
    synchronised(answer, scope),
    skew(answer, times),
    ...listed(answer, 'reboot', 'reboot'),
    ...listed(answer, 'restarts', 'restarts'),
  ]
}

// systemctl answers in the order of the names, with a blank line between; by an alias it gives the unit's own name.
function services(answer: Answer, names: readonly string[]): readonly Figure[] {
  if (names.length === 0) return []
  const text = whole(answer, 'services')
  if (!text.ok) return names.map((name) => unknownFigure('services', text.why, name))
  const records = text.value.trim().split(/\n\n+/)
  return names.map((name, at) => {
    const record = records.length === names.length ? (records[at] ?? '') : ''
    const load = /^LoadState=([a-z-]+)$/m.exec(record)?.[1]
    const active = /^ActiveState=([a-z-]+)$/m.exec(record)?.[1]
    if (load === undefined || active === undefined)
      return unknownFigure('services', 'systemd did not say how it is', name)
    const runs = ['active', 'reloading'].includes(active)
    return seenFigure('services', runs ? 0 : 1, { of: name, said: load === 'loaded' ? active : load })
  })
}

function failedUnits(answer: Answer): readonly Figure[] {
  const { rows, why } = lines(answer, 'failed', unitName)
  const shown = rows.map(({ unit = '' }) => seenFigure('failedUnits', 1, { of: unit }))
  return why === null ? shown : [...shown, unknownFigure('failedUnits', why)]
}

function synchronised(answer: Answer, scope: Look['scope']): Figure {
  if (scope === 'cgroup') return absentFigure('clockSync', 'the clock of a container is the machine’s')
  const said = section(answer, 'clock', /^(yes|no)$/)
  return said.ok
    ? seenFigure('clockSync', said.value === 'yes' ? 0 : 1)
    : unknownFigure('clockSync', said.why)
}

// The host read its clock between question and answer: only what lies outside is certain.
function skew(answer: Answer, { before, after }: Times): Figure {
  const line = section(answer, 'time', /^\d{12,14}$/)
  if (!line.ok) return unknownFigure('clockSkew', line.why)
  const hostMs = Number(line.value)
  const ms = hostMs < before ? before - hostMs : Math.max(0, hostMs - after)
  return seenFigure('clockSkew', ms / 1000, {
    ...(ms === 0 ? {} : { said: hostMs < before ? 'behind the controller' : 'ahead of the controller' }),
  })
}

/** Each line is one thing to do; of reboots, all lines are one. */
function listed(answer: Answer, name: string, item: 'reboot' | 'restarts'): readonly Figure[] {
  const { rows, why } = lines(
    answer,
    name,
    item === 'reboot' ? /^(?<of>[ -~]{1,300})$/ : /^(?<of>[A-Za-z0-9:_.@\\-]{1,255})$/,
  )
  const blind = why === null ? [] : [unknownFigure(item, why)]
  if (item === 'restarts') return [...rows.map(({ of = '' }) => seenFigure(item, 1, { of })), ...blind]
  if (blind.length > 0) return blind
  if (rows.length === 0) return [seenFigure(item, 0)]
  return [seenFigure(item, 1, { said: rows.map(({ of }) => of).join('; ') })]
}
