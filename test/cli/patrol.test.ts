import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { startMark } from '../../connect/script.ts'
import { exitCodes } from '../../core/exit.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import { conforms } from '../../schemas/load.ts'
import { PatrolKept, PatrolOutput } from '../../schemas/patrol-output.ts'
import type { TestServer } from '../connect/sshd.ts'
import { df, framed, type Parts } from '../facts/patrol-answer.ts'
import { onlyDocument } from './document.ts'
import { hostThatSays } from './host-that-says.ts'
import { directory, onTerminal, recorded, upkeepWords } from './upkeep.ts'

type Finding = { host: string; item: string; of: string; level: string; state: string }
type Told = {
  level: string
  systems: { findings: Finding[]; hosts: { host: string; problems: unknown[] }[] }[]
}

/** A host whose log-in answers an inspection, and an estate with it and with hosts that are not there. */
async function hostThatShows(context: TestContext, gone: readonly string[] = []) {
  const script = ({ dir }: TestServer) =>
    `cat >/dev/null; echo ${startMark}; sed "s|TIME|$(date +%s%3N | base64 -w0)|" '${dir}/answer'`
  const { cwd, server } = await hostThatSays(context, { script, name: 'db', tier: 'core', gone })
  function shows(changed: Parts): void {
    const indexes = `${Math.floor(Date.now() / 1000) - 3600}\n`
    const text = framed({ indexes, ...changed }).replace(/^@time \S+ 0$/m, '@time TIME 0')
    writeFileSync(join(server.dir, 'answer'), text)
  }
  shows({})
  return { cwd, server, shows }
}

async function patrol(cwd: string, ...more: readonly string[]) {
  const { outside, out, err } = recorded({ cwd, now: Date.now })
  const code = await commandLine(outside, ['patrol', '--estate', join(cwd, 'estate.yaml'), ...more])
  return { code, out: out(), err: err() }
}

function findings(out: string): readonly string[] {
  const told = onlyDocument(out) as unknown as Told
  return told.systems.flatMap((system) =>
    system.findings.map(({ state, level, item, of, host }) =>
      `${state} ${level} ${host} ${item} ${of}`.trim(),
    ),
  )
}

const full = df(['/dev/sda1', 'ext4', 1000, 850, 150, '/'])

function counted(server: TestServer, pattern: RegExp): number {
  return server.log().match(pattern)?.length ?? 0
}

describe('patrol', () => {
  test('a good host is good, after one connection and one execution', async (context) => {
    const { cwd, server } = await hostThatShows(context)
    const { code, out, err } = await patrol(cwd, '--json')
    assert.deepEqual([code, err], [0, ''])
    assert.equal((onlyDocument(out) as unknown as Told).level, 'ok')
    assert.deepEqual(findings(out), [])
    assert.equal(counted(server, /Accepted publickey/g), 1)
    assert.equal(counted(server, /Starting session: /g), 1)
    const text = await patrol(cwd)
    assert.match(text.out, /^ok {8}db$/m)
    assert.match(text.out, /^1 host: 0 critical, 0 unknown, 0 warnings, 0 closed\.$/m)
  })

  test('a finding is new, still open within the margin, and closed; what is kept agrees with its schema', async (context) => {
    const { cwd, shows } = await hostThatShows(context)
    shows({ disks: full })
    const first = await patrol(cwd, '--json')
    assert.equal(first.code, exitCodes.findings.code)
    assert.deepEqual(findings(first.out), ['new warning db diskFree /'])
    shows({ disks: df(['/dev/sda1', 'ext4', 1000, 790, 210, '/']) })
    assert.deepEqual(findings((await patrol(cwd, '--json')).out), ['open warning db diskFree /'])
    assert.match((await patrol(cwd)).out, /disk free \/ 21 % \(at least 20, ends at 22 %\)/)
    assert.deepEqual(readdirSync(join(cwd, 'state/patrol')), ['erp.json'])
    const kept: unknown = JSON.parse(readFileSync(join(cwd, 'state/patrol/erp.json'), 'utf8'))
    assert.ok(conforms(PatrolKept, kept))
    shows({})
    const last = await patrol(cwd, '--json')
    assert.deepEqual([last.code, ...findings(last.out)], [0, 'closed warning db diskFree /'])
    assert.deepEqual(findings((await patrol(cwd, '--json')).out), [])
  })

  test('a disk that fills has the day of that, from what inspections kept; one with few days has none', async (context) => {
    const { cwd, shows } = await hostThatShows(context)
    const gone = ['/dev/sdb1', 'ext4', 100, 50, 50, '/srv'] as const
    shows({ disks: df(['/dev/sda1', 'ext4', 1000, 500, 500, '/'], gone) })
    const first = await patrol(cwd)
    // Two of room, one of inodes, two of a thin pool.
    assert.match(first.out, /^no forecast {2}5 too few days$/m)
    const path = join(cwd, 'state/patrol/erp.json')
    const kept = JSON.parse(readFileSync(path, 'utf8')) as PatrolKept
    const today = Math.floor(Date.now() / 86_400_000)
    const history = kept.hosts['db']?.history ?? assert.fail()
    assert.deepEqual(history['diskFree /'], [[today, 50]])
    history['diskFree /'] = Array.from({ length: 20 }, (_, at) => [today - 20 + at, 70 - at])
    writeFileSync(path, JSON.stringify(kept))
    const day = (inDays: number) => new Date((today + inDays) * 86_400_000).toISOString().slice(0, 10)
    const text = await patrol(cwd)
    const flat = text.out.replaceAll(/\n +/g, ' ')
    assert.ok(
      flat.includes(
        `forecast  erp db: disk free / below 20 % on ${day(30)} (${day(30)} to ${day(30)}), 1 % a day`,
      ),
      flat,
    )
    assert.match(text.out, /^no forecast {2}4 too few days$/m)
    const told = onlyDocument((await patrol(cwd, '--json')).out) as unknown as PatrolOutput
    assert.ok(conforms(PatrolOutput, told))
    const [one, other] = told.systems[0]?.hosts[0]?.forecasts ?? []
    assert.deepEqual([one?.item, one?.of, one?.state, one?.day], ['diskFree', '/', 'crosses', day(30)])
    assert.deepEqual([other?.of, other?.why, other?.day], ['/srv', 'few', null])
  })

  test('a host that can not be asked is unknown, its findings stay open, and the others are inspected', async (context) => {
    const { cwd, shows, server } = await hostThatShows(context, ['app'])
    shows({ disks: full })
    const { code, out } = await patrol(cwd, '--json')
    assert.equal(code, exitCodes.unreachable.code)
    assert.deepEqual(findings(out), ['new unknown app reach', 'new warning db diskFree /'])
    writeFileSync(join(server.dir, 'authorized'), '')
    const gone = await patrol(cwd, '--json')
    assert.deepEqual(findings(gone.out), [
      'open unknown app reach',
      'new unknown db reach',
      'open warning db diskFree /',
    ])
  })

  test('a part that failed is unknown and never good, for people, programs and Nagios', async (context) => {
    const { cwd, shows } = await hostThatShows(context)
    shows({ disks: { code: 124, text: '' } })
    const { code, out } = await patrol(cwd)
    assert.equal(code, exitCodes.findings.code)
    assert.match(out, /^unknown +new +erp db: disk free: the part "disks" failed: it took too$/m)
    const nagios = await patrol(cwd, '--nagios')
    assert.equal(nagios.code, 3)
    assert.match(
      nagios.out,
      /^PATROL UNKNOWN - 0 critical, 1 unknown, 0 warning on 1 hosts \| .*'db diskFree'=U;20:;10:;0;100/,
    )
  })

  test('the table stands worst first in 80 columns, and is only text', async (context) => {
    const { cwd, shows } = await hostThatShows(context)
    const evil = '/srv/\u001b]0;owned\u0007\u202egpj'
    shows({
      disks: df(['/dev/sda1', 'ext4', 1000, 850, 150, '/'], ['/dev/sdb1', 'ext4', 100, 98, 2, evil]),
      failed: 'backup.service loaded failed failed Backup\n',
      clock: { code: 1, text: '' },
    })
    const { out } = onTerminal(`${upkeepWords} patrol`, { cwd })
    const words = [...out.replaceAll(/\u001b\[\d+m/g, '').matchAll(/^(critical|unknown|warning|ok) /gm)]
    assert.deepEqual(
      words.map(([, word]) => word),
      ['critical', 'unknown', 'warning', 'warning'],
    )
    assert.match(out, /disk free \/srv\/gpj 2 % \(at least 10 %\)/)
    assert.match(out, /failed unit backup\.service\r?\n/)
    assert.doesNotMatch(out.replaceAll(/\u001b\[\d+m/g, ''), /[\u001b\u0007\u202e]/)
    for (const line of out.split(/\r?\n/))
      assert.ok([...line.replaceAll(/\u001b\[\d+m/g, '')].length <= 80, line)
  })

  for (const [says, changed, code, first] of [
    ['0 when all is well', {}, 0, /^PATROL OK - 0 critical, 0 unknown, 0 warning on 1 hosts \| /],
    ['1 for a warning', { disks: full }, 1, /^PATROL WARNING - .*'db diskFree \/'=15%;20:;10:;0;100/],
    [
      '2 for what is critical',
      { memory: 'MemTotal: 100 kB\nMemAvailable: 1 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n' },
      2,
      /^PATROL CRITICAL - .*'db memory'=99%;80;95;0;100/,
    ],
  ] as const)
    test(`--nagios ends with ${says}, with performance data`, async (context) => {
      const { cwd, shows } = await hostThatShows(context)
      shows(changed)
      const ran = await patrol(cwd, '--nagios')
      assert.equal(ran.code, code)
      const [line = '', ...more] = ran.out.trimEnd().split('\n')
      assert.match(line, first)
      assert.equal(more.length, code === 0 ? 0 : 1)
      const [, data = ''] = line.split(' | ')
      // 'label'=value[UOM];warn;crit;min;max, with what the API calls a range.
      const one =
        /'[^'=|]+'=(?:U|-?\d+(?:\.\d+)?(?:%|ms|s)?);(?:\d+(?:\.\d+)?:?)?;(?:\d+(?:\.\d+)?:?)?;0(?:;100)? ?/g
      assert.equal(data.replaceAll(one, ''), '')
      assert.ok((data.match(one)?.length ?? 0) > 15)
    })

  test('--nagios calls unknown what it could not begin with, and takes no other form beside it', async (context) => {
    const cwd = directory(context)
    const none = await patrol(cwd, '--nagios')
    assert.equal(none.code, 3)
    assert.match(none.out, /^PATROL UNKNOWN - There is no estate file/)
    assert.equal((await patrol(cwd, '--nagios', '--json')).code, 3)
  })

  test('what was kept and can not be read is set aside and told; the inspection goes on', async (context) => {
    const { cwd, shows } = await hostThatShows(context)
    shows({ disks: full })
    await patrol(cwd)
    const path = join(cwd, 'state/patrol/erp.json')
    for (const text of ['{"schemaVersion":1', '{"schemaVersion":1}', '[]', '\u0000']) {
      writeFileSync(path, text)
      const { out, err } = await patrol(cwd)
      assert.match(err, /patrol\/last-unreadable/)
      assert.match(out, /^warning +new /m)
      assert.equal(readFileSync(`${path}.unreadable`, 'utf8'), text)
    }
    assert.match((await patrol(cwd)).err, /^$/)
  })

  test('where nothing can be kept, that is told beside what was found', async (context) => {
    const { cwd, shows } = await hostThatShows(context)
    shows({ disks: full })
    writeFileSync(join(cwd, 'state'), 'not a directory')
    const { out, err } = await patrol(cwd)
    assert.match(err, /patrol\/not-kept/)
    assert.match(out, /^warning +new /m)
  })

  test('a system that was not inspected keeps what is known of it', async (context) => {
    const { cwd } = await hostThatShows(context)
    const wrong = await patrol(cwd, '--system', 'crm')
    assert.equal(wrong.code, exitCodes.usage.code)
    await patrol(cwd, '--system', 'erp')
    assert.deepEqual(readdirSync(join(cwd, 'state/patrol')), ['erp.json'])
  })
})
