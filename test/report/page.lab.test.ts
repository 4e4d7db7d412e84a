import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { reportPage } from '../../playbooks/report/page.ts'
import { languages } from '../../playbooks/report/words.ts'
import { metricsText } from '../../playbooks/show/metrics.ts'
import { sample, sampleTime } from './sample.ts'

const root = join(import.meta.dirname, '../..')
const dir = mkdtempSync(join(tmpdir(), 'upkeep-report-'))
after(() => rmSync(dir, { recursive: true, force: true }))

const { systems } = sample()
const chinese = { estate: '示例制造', owner: '李娜', system: '企业资源计划（ERP）' }
for (const language of languages) {
  const isChinese = language === 'zh'
  const report = {
    estate: isChinese ? chinese.estate : 'Example Manufacturing',
    ...{ time: sampleTime, timeZone: 'Asia/Shanghai' },
    systems: isChinese ? sample(chinese).systems : systems,
  }
  writeFileSync(join(dir, `${language}.html`), reportPage(report, language))
}

/** Has a real browser without any network read a report; what it asked for, as URLs. */
function browsed(language: string, ...words: readonly string[]): readonly string[] {
  const log = join(dir, 'net.json')
  rmSync(log, { force: true })
  const ran = spawnSync(
    'unshare',
    [
      ...['--net', 'chromium-headless-shell', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
      ...[`--user-data-dir=${join(dir, 'profile')}`, `--log-net-log=${log}`, ...words],
      `file://${join(dir, `${language}.html`)}`,
    ],
    { encoding: 'utf8', timeout: 120_000 },
  )
  assert.equal(ran.status, 0, ran.stderr)
  return [...readFileSync(log, 'utf8').matchAll(/"url":"([a-z]+:[^"]*)"/g)].map(([, url = '']) => url)
}

/** Width and height that a PNG says it has. */
function sizeOf(path: string): readonly [width: number, height: number] {
  const bytes = readFileSync(path)
  assert.equal(bytes.subarray(1, 4).toString(), 'PNG')
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}

describe('the health report in a browser', () => {
  for (const language of languages) {
    test(`is shown without asking for anything (${language})`, () => {
      const shot = join(dir, `${language}.png`)
      const asked = browsed(language, '--window-size=1120,1490', `--screenshot=${shot}`)
      assert.deepEqual(
        asked.filter((url) => !url.startsWith('file:') && !url.startsWith('data:')),
        [],
      )
      assert.deepEqual(sizeOf(shot), [1120, 1490])
      // An empty page of that size is 10 kB.
      assert.ok(readFileSync(shot).length > 100_000)
      // The pictures of the documentation are made anew so.
      if (process.env['UPDATE'] === '1')
        copyFileSync(shot, join(root, `docs/health-report${language === 'en' ? '' : `-${language}`}.png`))
    })

    test(`prints to A4, on few sheets (${language})`, () => {
      const pdf = join(dir, `${language}.pdf`)
      browsed(language, '--no-pdf-header-footer', `--print-to-pdf=${pdf}`)
      const text = readFileSync(pdf, 'latin1')
      const sheets = [...text.matchAll(/\/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]/g)]
      assert.ok(sheets.length >= 2 && sheets.length <= 5, `${sheets.length} sheets`)
      // 210 x 297 mm in points.
      for (const [, width, height] of sheets)
        assert.ok(Math.abs(Number(width) - 595.3) < 1 && Math.abs(Number(height) - 841.9) < 1)
    })
  }
})

test('the metrics are taken by promtool without a word', () => {
  for (const one of systems) {
    const input = metricsText(one, {
      estate: 'acme',
      time: sampleTime,
      nextDueMs: Date.parse('2026-11-26T10:00:00Z'),
    })
    const ran = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
    assert.deepEqual([ran.status, ran.stderr], [0, ''])
  }
})
