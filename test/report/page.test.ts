import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { svgOf } from '../../playbooks/report/chart.ts'
import { reportPage } from '../../playbooks/report/page.ts'
import { type Language, languages } from '../../playbooks/report/words.ts'
import { sample, sampleTime } from './sample.ts'

function page(language: Language, names?: Parameters<typeof sample>[0]): string {
  const { systems } = sample(names)
  const estate = names?.estate ?? 'Example Manufacturing'
  return reportPage({ estate, time: sampleTime, timeZone: 'Asia/Shanghai', systems }, language)
}

/** What a reader sees: text between tags. */
function textOf(html: string): string {
  return html
    .replaceAll(/<style>[^]*?<\/style>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll(/\s+/g, ' ')
}

/** The tags of a page, each with the names of its attributes: what a text must not change. */
function markup(html: string): readonly string[] {
  return [...html.matchAll(/<(\/?[a-zA-Z!][\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>/g)].map(
    ([, name = '', rest = '']) =>
      [name, ...rest.replaceAll(/"[^"]*"|'[^']*'/g, '').matchAll(/[\w-]+(?==)/g)].join(' '),
  )
}

describe('the health report', () => {
  test('is the same, to the byte, when it is made twice of the same inspection', () => {
    for (const language of languages) assert.equal(page(language), page(language))
  })

  test('has no script, no link, and nothing from elsewhere', () => {
    for (const language of languages) {
      const html = page(language)
      assert.doesNotMatch(
        html,
        /<(?:script|link|a|img|iframe|object|embed|base|form|image|use|foreignObject)\b/i,
      )
      assert.doesNotMatch(html, /\b(?:href|src|srcset|action|on[a-z]+)\s*=/i)
      assert.doesNotMatch(html, /url\((?!#)|@import|https?:|\/\/[a-z]/i)
      assert.match(html, /default-src 'none'; style-src 'unsafe-inline'/)
    }
  })

  test('keeps what names say as text, whatever they say', () => {
    const evil = `</title></style><script>alert(1)</script><img src=x onerror='a'>"&\u202e\u0007`
    const clean = page('en')
    const html = page('en', {
      estate: evil,
      owner: `<b onclick=x>${'é'.repeat(100)}`,
      system: `"><svg onload=x> ]]>`,
    })
    const tags = (text: string) => [...text.matchAll(/<\/?([a-zA-Z!][a-zA-Z0-9]*)/g)].map(([, name]) => name)
    assert.deepEqual(tags(html), tags(clean))
    assert.doesNotMatch(html, /[\u202e\u0007]/)
    assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'))
    assert.ok(html.includes('&quot;&gt;&lt;svg onload=x&gt; ]]&gt;'))
  })

  for (const language of languages) {
    // Fault 20, hosts: what a host says of its mounts, units, tables and errors is hostile to a page.
    // Outcome: it is text in the health report: no tag, no attribute, nothing that turns text about.
    test(`keeps what a host says as text, whatever it says (${language})`, () => {
      const evil =
        `\u202e\u2066</text></svg></title></style><script>alert(1)</script><img src=x onerror='a'>` +
        `"><svg onload=x> ' onclick=x " style="x" ]]>--> \${7 * 7} {{x}} &lt; \u200f\u061c\u200b\u001b[31m\u001b]0;x\u0007\u009b1m`
      const names = { estate: 'Example', owner: 'Li Na', system: 'ERP' }
      // A label of a chart is cut where it is too long, so what is hostile stands first once.
      const places = [
        (text: string, more: string) => more + text,
        (text: string, more: string) => text + more,
      ]
      for (const place of places) {
        const clean = page(language, { ...names, told: (text) => place(text, 'x'.repeat(evil.length)) })
        const html = page(language, { ...names, told: (text) => place(text, evil) })
        assert.deepEqual(markup(html), markup(clean))
        assert.doesNotMatch(
          html,
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]/,
        )
      }
      const html = page(language, { ...names, told: (text) => text + evil })
      for (const said of [
        '/var/lib/postgresql/wal',
        'backup-sync.service',
        'nobody reads it',
        'connect ETIMEDOUT',
      ])
        assert.ok(html.includes(`${said}&lt;/text&gt;&lt;/svg&gt;`), said)
      assert.ok(
        html.includes('&#39; onclick=x &quot; style=&quot;x&quot; ]]&gt;--&gt; \${7 * 7} {{x}} &amp;lt; '),
      )
    })
  }

  test('shows a host by its name, also where that looks like a name that ECharts gives to shapes', () => {
    const option = {
      xAxis: {},
      yAxis: { type: 'category', data: ['zr1-db-2 disk /'] },
      series: [{ type: 'bar', data: [1], itemStyle: { decal: { symbol: 'rect' } } }],
    }
    const { html } = svgOf({ id: 'c', width: 400, height: 100, title: 't', desc: 'd', option })
    assert.match(html, />zr1-db-2 disk \/</)
    assert.doesNotMatch(html, /="[^"]*zr\d+-/)
  })

  test('tells the same figures in both languages', () => {
    // Whole words only: 5 of "5 of 5 systems" stands elsewhere in Chinese.
    const numbers = (language: Language) =>
      (
        textOf(page(language).replace(/<header>[^]*?<\/header>/, '')).match(
          /(?<![A-Za-z\d.])\d+(?:[.-]\d+)*/g,
        ) ?? []
      ).toSorted()
    const [zh, en] = [numbers('zh'), numbers('en')]
    assert.deepEqual(zh, en)
    assert.ok(zh.length > 200, String(zh.length))
  })

  test('has systems by tier, in each the worst first', () => {
    const heads = [...page('en').matchAll(/<h2>([^<]*)<\/h2>|<h3>\s*([^<]*)</g)].map(
      ([, tier, system]) => tier ?? system,
    )
    const from = heads.indexOf('Core systems')
    assert.deepEqual(heads.slice(from, from + 8), [
      'Core systems',
      'Enterprise resources (ERP)',
      'Customer relations (CRM)',
      'Data systems',
      'Data warehouse',
      'Office systems',
      'Office automation (OA)',
      'Wiki',
    ])
  })

  test('says of findings whether they are new, how old they are, or that they closed, and whose they are', () => {
    const text = textOf(page('en'))
    for (const said of [
      /1 of 5 systems needs action now/,
      /✕ critical Enterprise resources \(ERP\) erp-db1 disk free \/var\/lib\/postgresql\/wal 8\.7 % ≥ 10 % new Li Na/,
      /\? unknown Data warehouse dwh2 not reached No connection to dwh2\. connect ETIMEDOUT .*? still open|\? unknown Data warehouse dwh2 not reached .*? open 14 h Zhao Min/,
      /▲ warning erp-db1 slow queries in a day 5432 17 ≤ 10 open 3 d/,
      /Closed since the last inspection .*? erp-app1 failed unit backup-sync\.service/,
      /owner: Wang Wei|Owner: Wang Wei/,
    ])
      assert.match(text, said)
  })

  test('says when limits are reached, between which days, and of what it can not say so', () => {
    const text = textOf(page('en'))
    assert.match(
      text,
      /erp-db1 disk free \/ 31\.4 % < 20 % 2026-12-2\d in 2\d days 2026-12-2\d – 2026-12-2\d −0\.4\d* %/,
    )
    assert.match(text, /5432 public\.stock_move 81\.4 GB > 100 GB 2027-01-2\d in \d+ days .*? \+310 MB/)
    assert.match(text, /No forecast: too few days yet \d+/)
  })

  test('has charts that are told in words to those who do not see them', () => {
    const html = page('en')
    const charts = [...html.matchAll(/<svg role="img" aria-labelledby="([\w-]+) ([\w-]+)"/g)]
    assert.ok(charts.length >= 4)
    const ids = [...html.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id)
    assert.equal(new Set(ids).size, ids.length, 'an id stands once')
    for (const [, title, desc] of charts) assert.ok(ids.includes(title) && ids.includes(desc))
    assert.match(html, /<desc id="hosts-d">Enterprise resources \(ERP\): 1 critical, 3 good; /)
    assert.doesNotMatch(html, /zr\d|ecmeta/)
  })

  test('has two columns on paper: A4 is as narrow as a screen that has one', () => {
    const [, widths = ''] = /@media ([^{]*max-width[^{]*)\{/.exec(page('en')) ?? []
    assert.match(widths, /^screen and /)
  })

  test('of an estate that is well says so', () => {
    const { systems } = sample()
    const good = systems.filter(({ system }) => system.title === 'Wiki')
    const report = { estate: 'x', time: sampleTime, timeZone: 'UTC', systems: good }
    assert.match(
      textOf(reportPage(report, 'en')),
      /All systems are in good health .*Nothing is critical, and nothing is unknown\./,
    )
    assert.match(textOf(reportPage(report, 'zh')), /全部系统运行正常/)
    assert.match(reportPage({ ...report, systems: [] }, 'en'), /<\/html>/)
  })

  test('stays small with many hosts and findings', () => {
    const { systems } = sample()
    const [one] = systems
    assert.ok(one !== undefined)
    const many = <T>(list: readonly T[]) => Array.from({ length: 300 }, () => list).flat()
    const large = { ...one, hosts: many(one.hosts), findings: many(one.findings) }
    const html = reportPage({ estate: 'x', time: sampleTime, timeZone: 'UTC', systems: [large] }, 'en')
    assert.ok(html.length < 400_000, String(html.length))
    assert.match(textOf(html), /and 1100 more/)
  })
})
