import type { Judged } from '../../core/patrol/findings.ts'
import type { HostInspection, SystemInspection } from '../patrol/inspect.ts'
import { keyFigures, openOf, worstOf } from './figures.ts'
import { badge, findingsTable, placeText, type Reading } from './findings-table.ts'
import { type Html, html } from './html.ts'
import { titleIn } from './titles.ts'
import { timeText, valueText } from './values.ts'

/** More rows of one system are in the JSON of the same inspection. */
const mostFindings = 200
const mostHosts = 100
const mostNames = 60

/** A system of the report: its level and owner, its findings, those that closed, and the key figures of its hosts. */
export function systemPart(one: SystemInspection, o: Reading): Html {
  const { words, timeZone } = o
  const { system, findings } = one
  const open = openOf(one)
  const closed = findings.filter(({ state }) => state === 'closed')
  const rows = (list: typeof findings) => list.map((finding) => ({ system, finding }))
  const lastTime =
    one.lastTime === null ? words.firstTime : words.lastTime(timeText(Date.parse(one.lastTime), timeZone))
  const good = one.hosts.filter(({ level }) => level === 'ok').map(({ host }) => host)
  const table = { ...o, withSystem: false, most: mostFindings }
  return html`<section class="system">
    <div class="head ${one.level}">
      ${badge(one.level, words)}
      <h3>${system.title}<small>${system.name} · ${one.hosts.length} ${words.hosts}</small></h3>
      <p>${words.owner}: ${system.owner.name}<br />${lastTime}</p>
    </div>
    <div>
      ${open.length === 0 ? '' : findingsTable(rows(open), table)} ${matrix(one, o)}
      ${good.length === 0 || good.length === one.hosts.length ? '' : html`<p class="good">${words.allGood}: ${listed(good, o)}</p>`}
      ${
        closed.length === 0
          ? ''
          : html`<p class="label">${words.closed}</p>
              ${findingsTable(rows(closed), { ...table, isClosed: true })}`
      }
    </div>
  </section>`
}

function listed(names: readonly string[], { words }: Reading): string {
  const more = names.length - mostNames
  return `${names.slice(0, mostNames).join(', ')}${more > 0 ? ` ${words.andMore(more)}` : ''}`
}

function matrix(one: SystemInspection, o: Reading): Html | string {
  const hosts = one.hosts.filter(({ judged }) => judged.length > 0)
  if (hosts.length + one.functions.length === 0) return ''
  const columns = keyFigures.filter((item) =>
    hosts.some((host) => worstOf(host, item, one)?.figure.state === 'seen'),
  )
  const more = hosts.length - mostHosts
  return html`<p class="label">${o.words.figures}</p>
    <table class="matrix">
      <thead>
        <tr>
          <th>${o.words.column.host}</th>
          ${columns.map((item) => html`<th class="n">${titleIn(o.language, { item, of: '' })}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${hosts.slice(0, mostHosts).map(
          (host) =>
            html`<tr>
              <td>${host.host}</td>
              ${columns.map((item) => cell(worstOf(host, item, one), o))}
            </tr>`,
        )}
        ${one.functions.map((ring) => functionsRow(ring, columns.length, o))}
      </tbody>
    </table>
    ${more > 0 ? html`<p class="quiet">${o.words.andMore(more)}</p>` : ''}`
}

function cell(judged: Judged | undefined, { words }: Reading): Html {
  if (judged === undefined) return html`<td class="n quiet">–</td>`
  const { figure, level } = judged
  const text = figure.state === 'seen' ? valueText(figure.item, figure.value, words) : words.level.unknown
  return html`<td class="n"><span class="c ${level ?? 'ok'}">${text}</span></td>`
}

function functionsRow(ring: HostInspection, columns: number, { words, language }: Reading): Html {
  const name = placeText(ring.host, words)
  const said = ring.judged
    .filter(({ figure }) => figure.item === 'functions' || figure.item === 'stepTimes')
    .map(({ figure }) =>
      figure.state === 'seen' && figure.item === 'stepTimes'
        ? `${figure.of} ${valueText(figure.item, figure.value, words)}`
        : figure.state === 'seen' && figure.value === 0
          ? ''
          : titleIn(language, figure),
    )
    .filter((text) => text !== '')
  return html`<tr>
    <td>${name}</td>
    <td colspan="${Math.max(1, columns)}">${badge(ring.level, words, ' pale')} ${said.join(' · ')}</td>
  </tr>`
}
