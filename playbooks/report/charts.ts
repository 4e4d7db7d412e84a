import { type Level, levels } from '../../core/patrol/level.ts'
import type { Chart } from './chart.ts'
import type { Share, SystemCount } from './figures.ts'
import { levelColour } from './style.ts'
import type { Words } from './words.ts'

const ink = '#16202c'
const blue = '#2f6fb2'
const rowHeight = 26
const nameWidth = 150
const shareWidth = 200

const named = {
  axisLine: { show: false },
  axisTick: { show: false },
  axisLabel: { color: ink, fontSize: 12, width: nameWidth, overflow: 'truncate' },
} as const

/** Hosts of each system by their level, as bars. */
export function hostsChart(systems: readonly SystemCount[], words: Words): Chart {
  const shown = [...levels].reverse()
  const most = Math.max(1, ...systems.map(({ hosts }) => hosts))
  return {
    id: 'hosts',
    width: 470,
    height: systems.length * rowHeight + 12,
    title: words.byLevel,
    desc: systems
      .map(
        (one) =>
          `${one.name}: ${shown
            .filter((level) => one.of[level] > 0)
            .map((level) => `${one.of[level]} ${words.level[level]}`)
            .join(', ')}`,
      )
      .join('; '),
    option: {
      grid: { left: nameWidth + 8, right: 8, top: 4, bottom: 4, outerBoundsMode: 'none' },
      xAxis: { type: 'value', show: false, max: most },
      yAxis: { type: 'category', inverse: true, data: systems.map(({ name }) => name), ...named },
      series: shown.map((level) => ({
        type: 'bar',
        stack: 'hosts',
        silent: true,
        barWidth: 16,
        itemStyle: { color: levelColour[level], borderColor: '#fff', borderWidth: 1 },
        label: { show: true, color: '#fff', fontSize: 11, formatter: '{c}' },
        data: systems.map(({ of }) => (of[level] === 0 ? '-' : of[level])),
      })),
    },
  }
}

/** Shares in use beside their limits, as bars with a mark. */
export function sharesChart(shares: readonly Share[], words: Words): Chart {
  return {
    id: 'shares',
    width: 470,
    height: shares.length * rowHeight + 12,
    title: words.nearest,
    desc: shares.map(({ name, used, limit }) => `${name}: ${tenth(used)} % (${tenth(limit)} %)`).join('; '),
    option: {
      grid: { left: shareWidth + 8, right: 52, top: 4, bottom: 4, outerBoundsMode: 'none' },
      xAxis: { type: 'value', show: false, min: 0, max: 100 },
      yAxis: [
        {
          type: 'category',
          inverse: true,
          data: shares.map(({ name }) => name),
          ...named,
          axisLabel: { ...named.axisLabel, width: shareWidth },
        },
        {
          type: 'category',
          inverse: true,
          position: 'right',
          data: shares.map(({ used }) => `${tenth(used)} %`),
          ...named,
        },
      ],
      series: [
        {
          type: 'bar',
          silent: true,
          barWidth: 12,
          showBackground: true,
          backgroundStyle: { color: '#eef1f5' },
          data: shares.map(({ used, level }) => ({ value: used, itemStyle: { color: barColour(level) } })),
        },
        {
          type: 'scatter',
          silent: true,
          symbol: 'rect',
          symbolSize: [2, 18],
          itemStyle: { color: ink },
          data: shares.map(({ limit }, at) => [limit, at]),
        },
      ],
    },
  }
}

function barColour(level: Level): string {
  return level === 'ok' ? blue : levelColour[level]
}

function tenth(value: number): string {
  return String(Math.round(value * 10) / 10)
}
