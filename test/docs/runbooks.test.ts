import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { expectedInWindow } from '../../core/monitoring/alertmanager-text.ts'
import { filesOf, isAlert, monitored, rulesIn, runbooks } from '../core/monitoring/rendered.ts'
import { commands } from '../../playbooks/commands.ts'

const folder = join(import.meta.dirname, '../../docs/runbooks')
const pages = readdirSync(folder)
const alerts = rulesIn(filesOf(monitored)['rules.yml']).filter(isAlert)
const textOf = (page: string) => readFileSync(join(folder, page), 'utf8')

test('the link of every rule leads to a page, and every page belongs to a rule', () => {
  const linked = alerts.map(({ annotations }) => annotations.runbook_url.replace(`${runbooks}/`, ''))
  assert.deepEqual([...new Set(linked)].toSorted(), pages.toSorted())
  for (const { alert, annotations } of alerts)
    assert.equal(annotations.runbook_url, `${runbooks}/${alert}.md`)
})

for (const page of pages) {
  test(`${page} says what it means, where to look, what to do and when to call somebody`, () => {
    const text = textOf(page)
    const [, means = '', look = '', does = '', escalate = ''] =
      /^# (?:\w+)\n\n(.+)\n\n## Look\n\n```sh\n([^`]+)\n```\n\n## Do\n\n((?:- .+\n)+)\n## Escalate\n\n(.+)\n$/.exec(
        text,
      ) ?? []
    assert.ok(text.startsWith(`# ${page.replace('.md', '')}\n`))
    for (const [part, least] of [
      [means, 60],
      [look, 20],
      [does, 60],
      [escalate, 12],
    ] as const)
      assert.ok(part.length >= least, `too little in ${page}: ${part}`)
  })
}

test('what pages name is there: other alerts, verbs of Upkeep', () => {
  const names = new Set(alerts.map(({ alert }) => alert))
  const verbs = commands.map(({ name }) => name)
  for (const page of pages) {
    for (const [, name = ''] of textOf(page).matchAll(/`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`/g))
      if (!name.startsWith('Mem')) assert.ok(names.has(name), `${page} names ${name}`)
    for (const [, words = ''] of textOf(page).matchAll(/upkeep ([a-z]+(?: [a-z]+)?)/g))
      assert.ok(
        verbs.some((verb) => words === verb || words.startsWith(`${verb} `) || words.split(' ')[0] === verb),
        `${page}: upkeep ${words}`,
      )
  }
})

test('what is muted in windows is an alert that there is', () => {
  const names = new Set(alerts.map(({ alert }) => alert))
  assert.deepEqual(
    expectedInWindow.filter((name) => !names.has(name)),
    [],
  )
})
