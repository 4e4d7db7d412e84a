import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { parse, stringify } from 'yaml'
import type { ResolvedEstate } from '../../../core/estate/resolved.ts'
import { type MonitoringFiles, monitoringFiles } from '../../../core/monitoring/files.ts'
import type { AlertRule, RecordRule } from '../../../core/monitoring/rule.ts'
import { sampleEstate } from '../schedule/estate.ts'

export const runbooks = 'https://runbooks.example.com'

/** The estate to start from, with an exporter for its database, a page by https and a probe that may take 40 s. */
export const monitored: ResolvedEstate = sampleEstate((estate) => {
  const { erp, oa } = estate.systems
  assert.ok(erp?.databases?.['erp'] !== undefined && oa !== undefined)
  Object.assign(erp.databases['erp'], { exporter: 9187 })
  Object.assign(oa, {
    probes: {
      production: {
        'log-in-page': { http: { url: 'https://oa.example.com/', expect: { contains: 'Log in' } } },
        search: { http: { url: 'http://10.20.2.31/search' }, within: '4s' },
      },
    },
    roles: {
      ...oa.roles,
      web: {
        ...oa.roles['web'],
        probes: { open: { http: { url: 'http://{address}/', hostHeader: 'oa.example.com' } } },
      },
    },
  })
})

/** The files of an estate that has all that they need. */
export function filesOf(estate: ResolvedEstate): MonitoringFiles {
  const files = monitoringFiles(estate, runbooks)
  assert.ok(files.ok, JSON.stringify(files))
  return files.value
}

/** Rules as they stand in a file. */
export function rulesIn(text: string): readonly (RecordRule | AlertRule)[] {
  const { groups } = parse(text) as { groups: { rules: (RecordRule | AlertRule)[] }[] }
  return groups.flatMap(({ rules }) => rules)
}

export const isAlert = (rule: RecordRule | AlertRule): rule is AlertRule => 'alert' in rule

/** A directory that goes when the tests of the file end. */
export function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'upkeep-monitoring-'))
  after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Writes files into a directory. */
export function put(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
}

/** Runs a program of this machine to its end; what it said on either way, in its order. */
export function ran(program: string, args: readonly string[]) {
  const file = join(mkdtempSync(join(tmpdir(), 'upkeep-said-')), 'said')
  const both = openSync(file, 'w+')
  try {
    const { status, error } = spawnSync(program, args, {
      stdio: ['ignore', both, both],
      timeout: 300_000,
      // promtool makes a database for each case: collecting its rubbish less often halves what that costs.
      env: { ...process.env, GOGC: '800', GOMEMLIMIT: '512MiB' },
    })
    if (error !== undefined) throw error
    return { status, said: readFileSync(file, 'utf8') }
  } finally {
    closeSync(both)
    rmSync(dirname(file), { recursive: true })
  }
}

/** The rules of one alert at one level, with the records that they need, as a file of rules. */
export function onlyAlert(rules: readonly (RecordRule | AlertRule)[], alert: readonly AlertRule[]): string {
  const needed = rules.filter(
    (rule) => !isAlert(rule) && alert.some(({ expr }) => expr.includes(rule.record)),
  )
  return stringify(
    { groups: [{ name: 'one', rules: [...needed, ...alert] }] },
    { lineWidth: 0, version: '1.1' },
  )
}
