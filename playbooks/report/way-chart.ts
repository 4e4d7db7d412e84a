import { wallClock } from '../../core/gate/wall-clock.ts'
import { dayText } from '../../core/patrol/forecast.ts'
import { dayOf, recent } from '../../core/patrol/history.ts'
import { items } from '../../core/patrol/limits.ts'
import type { Crossing } from '../show/forecast.ts'
import type { Chart } from './chart.ts'
import { levelColour } from './style.ts'

const soft = '#5b6775'
const line = '#dfe4ea'
const blue = '#2f6fb2'

/** Least and most of what is drawn. */
type Extent = { readonly min: number; readonly max: number }

/** What was seen of past days, and the way to the line with its band. */
export function wayChart(
  { forecast }: Crossing,
  o: {
    readonly id: string
    readonly nowMs: number
    readonly timeZone: string
    readonly history: readonly (readonly [number, number])[]
    readonly title: string
    readonly desc: string
  },
): Chart {
  const today = dayOf(o.nowMs)
  const { line: limit, value, inDays, earlyDays, lateDays } = forecast
  const end = Math.max(inDays, lateDays ?? 2 * inDays, 1)
  const at = (days: number) => dayText(o.nowMs, days, o.timeZone)
  const localMs = wallClock(o.nowMs, o.timeZone)
  const on = (days: number, until: number) =>
    until <= 0 ? limit : value + (limit - value) * Math.min(1, days / until)
  const steps = Array.from({ length: 41 }, (_, step) => (end * step) / 40)
  const edges = steps.map((days) => {
    const [one, other] = [on(days, earlyDays), on(days, lateDays ?? 2 * end)]
    return { day: isoDay(localMs, days), low: Math.min(one, other), high: Math.max(one, other) }
  })
  const band = (stack: string, data: readonly (readonly [string, number])[], isShown: boolean) => ({
    type: 'line',
    stack,
    silent: true,
    symbol: 'none',
    lineStyle: { opacity: 0 },
    ...(isShown ? { areaStyle: { color: blue, opacity: 0.18 } } : {}),
    data,
  })
  return {
    id: o.id,
    width: 470,
    height: 170,
    title: o.title,
    desc: o.desc,
    option: {
      grid: {
        left: 4,
        right: 16,
        top: 14,
        bottom: 4,
        outerBoundsMode: 'same',
        outerBoundsContain: 'axisLabel',
      },
      xAxis: {
        type: 'time',
        axisLine: { lineStyle: { color: line } },
        axisTick: { show: false },
        splitLine: { show: false },
        splitNumber: 4,
        axisLabel: { color: soft, fontSize: 11, hideOverlap: true, formatter: '{yyyy}-{MM}-{dd}' },
      },
      useUTC: true,
      yAxis: {
        type: 'value',
        scale: true,
        // The line must not lie on the edge.
        min: ({ min, max }: Extent) => Math.max(0, Math.floor(min - 0.1 * (max - min))),
        max: ({ min, max }: Extent) => Math.ceil(max + 0.1 * (max - min)),
        splitNumber: 3,
        axisLabel: {
          color: soft,
          fontSize: 11,
          showMinLabel: false,
          showMaxLabel: false,
          formatter: (of: number) => axisText(forecast.item, of),
        },
        splitLine: { lineStyle: { color: '#eef1f5' } },
      },
      series: [
        band(
          'band',
          edges.map(({ day, low }) => [day, low]),
          false,
        ),
        band(
          'band',
          edges.map(({ day, low, high }) => [day, high - low]),
          true,
        ),
        {
          type: 'line',
          silent: true,
          symbol: 'none',
          lineStyle: { color: blue, width: 2 },
          data: recent(o.history, today).map(([day, one]) => [at(day - today), one]),
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            lineStyle: { color: levelColour[forecast.level], type: 'solid', width: 1.5 },
            data: [{ yAxis: limit }],
          },
        },
        {
          type: 'line',
          silent: true,
          symbol: 'none',
          lineStyle: { color: blue, width: 2, type: 'dashed' },
          data: [
            [at(0), value],
            [at(inDays), limit],
          ],
        },
      ],
    },
  }
}

function isoDay(localMs: number, days: number): string {
  return new Date(Math.round((dayOf(localMs) + days) * 86_400_000)).toISOString()
}

// Large sizes in GB, as everywhere in the report.
function axisText(item: Crossing['forecast']['item'], value: number): string {
  const { unit } = items[item]
  return unit === 'MB' && value >= 1_000 ? `${value / 1_000} GB` : `${value}${unit === '%' ? ' %' : ''}`
}
