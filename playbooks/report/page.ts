import { crossings } from '../show/forecast.ts'
import { svgOf } from './chart.ts'
import { hostsChart, sharesChart } from './charts.ts'
import {
  byTier,
  countOf,
  coverage,
  levelOfAll,
  nearestShares,
  openOf,
  type Report,
  worstSystemFirst,
} from './figures.ts'
import { findingsTable, type Reading } from './findings-table.ts'
import { forecastPart } from './forecast-part.ts'
import { type Html, html } from './html.ts'
import { levelSign, style } from './style.ts'
import { systemPart } from './system-part.ts'
import { timeText } from './values.ts'
import { type Language, wordsOf } from './words.ts'

const mostDecisions = 12
const mostBars = 10

/**
 * The health report as one HTML file: no script, no link, nothing from elsewhere, and the same bytes for the same inspection.
 */
export function reportPage(report: Report, language: Language): string {
  const words = wordsOf(language)
  const nowMs = Date.parse(report.time)
  const o: Reading = { words, language, nowMs, timeZone: report.timeZone }
  const { systems } = report
  const page = html`<!doctype html>
    <html lang="${words.lang}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${words.title} · ${report.estate}</title>
        <style>
          ${{ html: style }}
        </style>
      </head>
      <body>
        <header>
          <h1>${words.title}</h1>
          <p>
            <b>${report.estate}</b
            ><br />${words.inspected(`${timeText(nowMs, report.timeZone)} (${report.timeZone})`)}
          </p>
        </header>
        ${verdict(report, o)} ${tiles(report, o)} ${charts(report, o)} ${decisions(report, o)}
        ${forecastPart(report, o)}
        ${byTier(systems).map(
          ([tier, found]) =>
            html`<h2>${words.tier[tier]}</h2>
              ${found.map((one) => systemPart(one, o))}`,
        )}
        ${method(report, o)}
      </body>
    </html> `
  return page.html
}

function verdict({ systems }: Report, { words }: Reading): Html {
  const level = levelOfAll(systems)
  const count = systems.filter((one) => one.level === level).length
  const text = level === 'ok' ? words.verdict.ok : words.verdict[level](count, systems.length)
  return html`<div class="verdict ${level}"><i aria-hidden="true">${levelSign[level]}</i><b>${text}</b></div>`
}

function tiles({ systems }: Report, { words }: Reading): Html {
  const findings = systems.flatMap((one) => one.findings)
  const of = (state: string) => findings.filter((one) => one.state === state).length
  const [next] = crossings(systems)
  const hosts = systems.reduce((sum, one) => sum + one.hosts.length, 0)
  const shown: readonly (readonly [string | number, string])[] = [
    [systems.length, words.systems],
    [hosts, words.hosts],
    [of('new'), words.newFindings],
    [of('open'), words.openFindings],
    [of('closed'), words.closedFindings],
    [next === undefined ? words.noneInSight : words.inDays(next.forecast.inDays), words.nextLimit],
  ]
  return html`<ul class="tiles">
    ${shown.map(([value, label]) => html`<li><b>${value}</b>${label}</li>`)}
  </ul>`
}

function charts({ systems }: Report, { words, language }: Reading): Html {
  const counts = systems.toSorted(worstSystemFirst).slice(0, mostBars).map(countOf)
  const nearest = nearestShares(systems, language, Math.max(5, counts.length))
  return html`<div class="charts">
    <figure>
      <h2>${words.byLevel}</h2>
      <figcaption>${legend(words)}</figcaption>
      ${svgOf(hostsChart(counts, words))}
    </figure>
    ${
      nearest.length === 0
        ? ''
        : html`<figure>
            <h2>${words.nearest}</h2>
            <figcaption>${words.nearestSays}</figcaption>
            ${svgOf(sharesChart(nearest, words))}
          </figure>`
    }
  </div>`
}

function legend(words: Reading['words']): Html {
  const shown = ['critical', 'unknown', 'warning', 'ok'] as const
  return html`<span class="legend"
    >${shown.map((level) => html`<span class="${level}">${words.level[level]}</span>`)}</span
  >`
}

function decisions({ systems }: Report, o: Reading): Html {
  const rows = systems
    .toSorted(worstSystemFirst)
    .flatMap((one) => openOf(one).map((finding) => ({ system: one.system, finding })))
    .filter(({ finding }) => finding.level !== 'warning')
    .toSorted((a, b) => Number(a.finding.level === 'unknown') - Number(b.finding.level === 'unknown'))
  const { words } = o
  return html`<h2>${words.decide}<small>${words.decideSays}</small></h2>
    ${rows.length === 0 ? html`<p>${words.nothingToDecide}</p>` : findingsTable(rows, { ...o, withSystem: true, most: mostDecisions })}`
}

function method({ systems }: Report, { words }: Reading): Html {
  const { seen, all } = coverage(systems)
  const percent = all === 0 ? '0' : String(Math.floor((1000 * seen) / all) / 10)
  return html`<section class="method">
    <h2>${words.method}</h2>
    <p>${words.coverage(seen, all, percent)}</p>
    <ul>
      ${words.methodSays.map((one) => html`<li>${one}</li>`)}
    </ul>
  </section>`
}
