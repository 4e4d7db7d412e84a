import { dayText, type NoForecast } from '../../core/patrol/forecast.ts'
import { items } from '../../core/patrol/limits.ts'
import { type Crossing, crossings } from '../show/forecast.ts'
import { svgOf } from './chart.ts'
import { historyOf, type Report } from './figures.ts'
import type { Reading } from './findings-table.ts'
import { type Html, html } from './html.ts'
import { titleIn } from './titles.ts'
import { valueText } from './values.ts'
import { wayChart } from './way-chart.ts'

const mostCharts = 4
const mostRows = 30

/** When limits are reached: the soonest as charts, all as a table, and of what there is no forecast and why. */
export function forecastPart({ systems }: Report, o: Reading): Html {
  const { words } = o
  const found = crossings(systems)
  return html`<h2>${words.forecasts}</h2>
    ${
      found.length === 0
        ? html`<p>${words.noForecasts}</p>`
        : html`<div class="ways">
              ${found.slice(0, mostCharts).map((one, at) => way(one, at, systems, o))}
            </div>
            ${table(found, o)}`
    }
    ${without(systems, o)}`
}

function way(one: Crossing, at: number, systems: Report['systems'], o: Reading): Html {
  const { language, nowMs, timeZone, words } = o
  const { forecast, host } = one
  const title = `${host}: ${titleIn(language, forecast)}`
  const line = `${sign(forecast.item)} ${valueText(forecast.item, forecast.line, words)}`
  const day = dayText(nowMs, forecast.inDays, timeZone)
  const chart = wayChart(one, {
    id: `way-${at}`,
    nowMs,
    timeZone,
    history: historyOf(systems, one),
    title,
    desc: `${words.chartOf(title, line)}; ${day}`,
  })
  return html`<figure>
    <figcaption><b>${title}</b> · ${line} · <b>${day}</b></figcaption>
    ${svgOf(chart)}
  </figure>`
}

function table(found: readonly Crossing[], { words, language, nowMs, timeZone }: Reading): Html {
  const { column } = words
  const more = found.length - mostRows
  const day = (days: number) => dayText(nowMs, days, timeZone)
  return html`<table>
      <thead>
        <tr>
          <th>${column.system}</th>
          <th>${column.host}</th>
          <th>${column.figure}</th>
          <th class="n">${column.today}</th>
          <th class="n">${column.line}</th>
          <th>${column.day}</th>
          <th>${column.band}</th>
          <th class="n">${column.perDay}</th>
        </tr>
      </thead>
      <tbody>
        ${found.slice(0, mostRows).map(
          ({ system, host, forecast: one }) =>
            html`<tr>
              <td>${system.title}</td>
              <td class="h">${host}</td>
              <td>${titleIn(language, one)}</td>
              <td class="n">${valueText(one.item, one.value, words)}</td>
              <td class="n">${sign(one.item)} ${valueText(one.item, one.line, words)}</td>
              <td class="w"><b>${day(one.inDays)}</b><small>${words.inDays(one.inDays)}</small></td>
              <td class="w">
                ${day(one.earlyDays)} – ${one.lateDays === null ? words.open : day(one.lateDays)}
              </td>
              <td class="n">
                ${one.perDay > 0 ? '+' : '−'}${valueText(one.item, Number(Math.abs(one.perDay).toPrecision(2)), words)}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${more > 0 ? html`<p class="quiet">${words.andMore(more)}</p>` : ''}`
}

function without(systems: Report['systems'], { words }: Reading): Html | string {
  const counts = new Map<NoForecast, number>()
  for (const one of systems.flatMap(({ hosts }) => hosts.flatMap(({ forecasts }) => forecasts)))
    if (one.state === 'none') counts.set(one.why, (counts.get(one.why) ?? 0) + 1)
  if (counts.size === 0) return ''
  const said = [...counts].toSorted(([a, count], [b, other]) => other - count || (a < b ? -1 : 1))
  return html`<p class="quiet">
    ${words.noForecast}: ${said.map(([why, count]) => `${words.why[why]} ${count}`).join(', ')}
  </p>`
}

function sign(item: Crossing['forecast']['item']): string {
  return items[item].limit.side === 'most' ? '>' : '<'
}
