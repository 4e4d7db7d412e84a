import { absentFigure, type Figure, type Look, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { Answer } from './answer.ts'
import { lines } from './patrol-section.ts'

/** Sensors, power supplies and disks, as far as the host shows them; what /sys shows in a container is the machine's. */
export function readHardware(answer: Answer, scope: Look['scope']): readonly Figure[] {
  if (scope === 'cgroup')
    return (['temperature', 'power', 'diskHealth'] as const).map((item) =>
      absentFigure(item, 'the machine shows it, the container does not'),
    )
  return [...temperatures(answer), ...supplies(answer), ...disks(answer)]
}

function temperatures(answer: Answer): readonly Figure[] {
  const pattern = /^(?<name>hwmon\d+\/temp\d+) (?<value>-?\d{1,9}|-) (?<critical>-?\d{1,9}|-)$/
  const { rows, why } = lines(answer, 'sensors', pattern)
  const blind = why === null ? [] : [unknownFigure('temperature', why)]
  if (rows.length + blind.length === 0) return [absentFigure('temperature')]
  const shown = rows.map(({ name = '', value, critical }) => {
    const milli = value === '-' ? NaN : Number(value)
    // A byte that is full (127, 255), or absolute zero, is an input that nothing is connected to.
    if (milli > 125_000 || milli < -55_000)
      return {
        ...absentFigure('temperature', `it says ${milli / 1000} °C, which no sensor measures`),
        of: name,
      }
    // A sensor without a limit of its own, or with one of nonsense (0, 65,261 degrees), has that of boiling water.
    const own = Number(critical)
    const limit = own >= 40_000 && own <= 150_000 ? own : 100_000
    return Number.isNaN(milli)
      ? unknownFigure('temperature', 'the sensor can not be read', name)
      : seenFigure('temperature', Math.max(0, (100 * milli) / limit), {
          of: name,
          said: `${milli / 1000} °C`,
        })
  })
  return [...shown, ...blind]
}

function supplies(answer: Answer): readonly Figure[] {
  const pattern =
    /^(?<name>\S{1,60}) (?<type>Mains|Battery|UPS|USB|Wireless|BMS|Unknown) (?<online>\d|-) (?<status>[A-Z][A-Za-z ]{0,20}|-)$/
  const { rows, why } = lines(answer, 'power', pattern)
  const blind = why === null ? [] : [unknownFigure('power', why)]
  if (rows.length + blind.length === 0) return [absentFigure('power')]
  const shown = rows.map(({ name = '', type, online, status = '-' }) => {
    const isOut = (type === 'Mains' && online === '0') || status === 'Discharging'
    return seenFigure('power', isOut ? 1 : 0, { of: name, ...(status === '-' ? {} : { said: status }) })
  })
  return [...shown, ...blind]
}

// Exit codes of smartctl are bits: 1, 2, 4: it could not ask; 8: the disk calls itself failing; 16, 32: past a limit of its
// maker, now or once. Higher bits are logs of old errors.
function disks(answer: Answer): readonly Figure[] {
  const { rows, why } = lines(answer, 'block-health', /^(?<name>[a-z0-9]{1,40}) (?<code>\d{1,3}|-|asleep)$/)
  const blind = why === null ? [] : [unknownFigure('diskHealth', why)]
  if (rows.every(({ code }) => code === '-') && blind.length === 0) return [absentFigure('diskHealth')]
  const shown = rows
    .filter(({ code }) => code !== '-')
    .map(({ name = '', code }) => {
      // Nobody wakes a disk for this; when it works it is asked again.
      if (code === 'asleep') return { ...absentFigure('diskHealth', 'the disk sleeps'), of: name }
      const bits = Number(code)
      // 124 and 137, its limit in time, have one of these bits as well.
      if ((bits & 7) !== 0) return unknownFigure('diskHealth', 'smartctl could not ask the disk', name)
      if ((bits & 8) !== 0)
        return seenFigure('diskHealth', 2, { of: name, said: 'the disk says that it is failing' })
      return seenFigure('diskHealth', (bits & 48) === 0 ? 0 : 1, { of: name })
    })
  return [...shown, ...blind]
}
