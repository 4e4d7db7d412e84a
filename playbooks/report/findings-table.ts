import { durationText } from '../../core/duration.ts'
import type { Finding } from '../../core/patrol/findings.ts'
import type { Level } from '../../core/patrol/level.ts'
import type { SystemInspection } from '../patrol/inspect.ts'
import { type Html, html } from './html.ts'
import { levelSign } from './style.ts'
import { titleIn } from './titles.ts'
import { allowedText, seenText } from './values.ts'
import type { Language, Words } from './words.ts'

/** A finding with its system. */
export type Row = { readonly system: SystemInspection['system']; readonly finding: Finding }

/** In which language, and at what time (ms), a table is read. */
export type Reading = {
  readonly words: Words
  readonly language: Language
  readonly nowMs: number
  /** Of the estate: in it are all times and days of the report. */
  readonly timeZone: string
}

/** Findings as a table of at most `most`; `withSystem`: of more systems than one, with whose they are. */
export function findingsTable(
  rows: readonly Row[],
  o: Reading & { readonly withSystem: boolean; readonly most: number; readonly isClosed?: boolean },
): Html {
  const { words, withSystem, most } = o
  const { column } = words
  const heads = [
    ...(o.isClosed === true ? [] : [column.level]),
    ...(withSystem ? [column.system] : []),
    column.host,
    column.what,
    column.seen,
    column.allowed,
    column.state,
    ...(withSystem ? [column.owner] : []),
  ]
  const more = rows.length - most
  return html`<table${{ html: o.isClosed === true ? ' class="closed"' : '' }}><thead><tr>${heads.map((one) => html`<th>${one}</th>`)}</tr></thead><tbody>
${rows.slice(0, most).map((row) => line(row, o))}
</tbody></table>${more > 0 ? html`<p class="quiet">${words.andMore(more)}</p>` : ''}`
}

/** A level as a coloured word with its sign. */
export function badge(level: Level, words: Words, kind: '' | ' pale' = ''): Html {
  return html`<span class="badge${kind} ${level}">${levelSign[level]} ${words.level[level]}</span>`
}

function line(
  { system, finding }: Row,
  o: Reading & { readonly withSystem: boolean; readonly isClosed?: boolean },
): Html {
  const { words, language } = o
  const notLooked = finding.looked ? '' : words.notLooked
  const details = [finding.said, notLooked].filter((one) => one !== '').join('; ')
  return html`<tr>
    ${o.isClosed === true ? '' : html`<td class="w">${badge(finding.level, words)}</td>`}${o.withSystem ? html`<td>${system.title}</td>` : ''}
    <td class="h">${placeText(finding.host, words)}</td>
    <td>${titleIn(language, finding)}${details === '' ? '' : html`<small>${details}</small>`}</td>
    <td class="w">${seenText(finding, system, words)}</td>
    <td class="w">${allowedText(finding, system, words)}</td>
    <td class="w">${stateOf(finding, o)}</td>
    ${o.withSystem ? html`<td>${system.owner.name}</td>` : ''}
  </tr>`
}

/** A host; of what the controller exercised, or should have begun, what that is. */
export function placeText(host: string, words: Words): string {
  const [, of] = host.split('/')
  return of === 'test' || of === 'production' ? words.ring[of] : of === 'schedule' ? '–' : host
}

function stateOf(finding: Finding, { words, nowMs }: Reading): Html {
  const age = words.duration(durationText(Math.max(0, nowMs - Date.parse(finding.since))))
  if (finding.state === 'new') return html`<span class="new">${words.state.new}</span>`
  return html`${words.state[finding.state]}<small>${age}</small>`
}
