import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { startMark } from '../../connect/script.ts'
import { exitCodes } from '../../core/exit.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import type { PatrolKept } from '../../schemas/patrol-output.ts'
import { mailServer } from '../connect/mail-server.ts'
import { df, framed } from '../facts/patrol-answer.ts'
import { exposition } from '../report/exposition.ts'
import { hostThatSays } from './host-that-says.ts'
import { directory, recorded } from './upkeep.ts'

const full = df(['/dev/sda1', 'ext4', 1000, 850, 150, '/'])

/** A host `db` whose disk has 15 % left, and the directory of its estate; `mail` is the port of its mail server. */
async function fullHost(context: TestContext, mail?: number) {
  const { cwd, server } = await hostThatSays(context, {
    script: ({ dir }) =>
      `cat >/dev/null; echo ${startMark}; sed "s|TIME|$(date +%s%3N | base64 -w0)|" '${dir}/answer'`,
    name: 'db',
    tier: 'core',
  })
  const text = framed({ indexes: `${Math.floor(Date.now() / 1000) - 3600}\n`, disks: full })
  writeFileSync(join(server.dir, 'answer'), text.replace(/^@time \S+ 0$/m, '@time TIME 0'))
  if (mail !== undefined) {
    const path = join(cwd, 'estate.yaml')
    const estate = readFileSync(path, 'utf8')
      .replace('it: { name: IT }', 'it: { name: IT, mail: it@example.org }')
      .concat(`mail: { smtp: 'smtp://127.0.0.1:${mail}', from: upkeep@example.org }\n`)
    writeFileSync(path, estate)
  }
  return { cwd }
}

async function patrol(cwd: string, ...more: readonly string[]) {
  const { outside, out, err } = recorded({ cwd, now: Date.now })
  const code = await commandLine(outside, ['patrol', '--estate', join(cwd, 'estate.yaml'), ...more])
  return { code, out: out(), err: err() }
}

describe('what an inspection leaves', () => {
  test('is a report in the language that was asked for, beside what is printed', async (context) => {
    const { cwd } = await fullHost(context)
    const { code, out, err } = await patrol(cwd, '--report', 'health.html', '--language', 'zh')
    assert.deepEqual([code, err], [exitCodes.findings.code, ''])
    assert.match(out, /^warning +new +erp db: disk free \/ 15 %/m)
    const html = readFileSync(join(cwd, 'health.html'), 'utf8')
    assert.match(html, /^<!doctype html>[^]*磁盘剩余空间 \/[^]*<\/html>/)
    assert.equal(statSync(join(cwd, 'health.html')).mode & 0o007, 0, 'not for everybody')
    await patrol(cwd, '--nagios', '--report', 'health.html')
    assert.match(readFileSync(join(cwd, 'health.html'), 'utf8'), /Health report/)
  })

  test('is metrics for a collector, one file for each system, whole at any time', async (context) => {
    const { cwd } = await fullHost(context)
    mkdirSync(join(cwd, 'textfile'))
    const before = Math.floor(Date.now() / 1000)
    await patrol(cwd, '--metrics', 'textfile')
    assert.deepEqual(readdirSync(join(cwd, 'textfile')), ['upkeep-patrol-acme_erp.prom'])
    const path = join(cwd, 'textfile/upkeep-patrol-acme_erp.prom')
    const samples = exposition(readFileSync(path, 'utf8'))
    const of = (name: string) => samples.filter((one) => one.name === name).map(({ value }) => value)
    assert.ok((of('upkeep_patrol_last_run_timestamp_seconds')[0] ?? 0) >= before)
    assert.ok((of('upkeep_patrol_next_due_timestamp_seconds')[0] ?? 0) > before)
    assert.deepEqual(of('upkeep_patrol_disk_free_ratio'), [0.15])
    assert.equal(statSync(path).mode & 0o777, 0o644, 'the collector is another user')
    const { ino } = statSync(path)
    await patrol(cwd, '--metrics', 'textfile')
    assert.notEqual(statSync(path).ino, ino, 'put in place at once, and not written into')
    assert.deepEqual(readdirSync(join(cwd, 'textfile')).length, 1)
  })

  test('has metrics with the name of the estate; those of a system that is gone go, and nothing else does', async (context) => {
    const { cwd } = await fullHost(context)
    const textfile = join(cwd, 'textfile')
    mkdirSync(textfile)
    await patrol(cwd, '--metrics', 'textfile')
    const own = readFileSync(join(textfile, 'upkeep-patrol-acme_erp.prom'), 'utf8')
    assert.deepEqual([...new Set(exposition(own).map(({ labels }) => labels['estate']))], ['acme'])
    const left = {
      'upkeep-patrol-acme_gone.prom': own,
      'upkeep-patrol-beta_erp.prom': own.replaceAll('estate="acme"', 'estate="beta"'),
      'upkeep-patrol-acme_mine.prom':
        '# HELP mine Somebody wrote this.\n# TYPE mine gauge\nmine{estate="acme",} 1\n',
      'upkeep-patrol-acme_empty.prom': '',
      'other.prom': own,
    }
    for (const [name, text] of Object.entries(left)) writeFileSync(join(textfile, name), text)
    symlinkSync('upkeep-patrol-acme_erp.prom', join(textfile, 'upkeep-patrol-acme_link.prom'))
    const { err } = await patrol(cwd, '--metrics', 'textfile')
    assert.equal(err, '')
    assert.deepEqual(readdirSync(textfile).sort(), [
      'other.prom',
      'upkeep-patrol-acme_empty.prom',
      'upkeep-patrol-acme_erp.prom',
      'upkeep-patrol-acme_link.prom',
      'upkeep-patrol-acme_mine.prom',
      'upkeep-patrol-beta_erp.prom',
    ])
  })

  test('that can not be left is told, and what was found is printed all the same', async (context) => {
    const { cwd } = await fullHost(context)
    const { code, out, err } = await patrol(
      cwd,
      '--report',
      'gone/health.html',
      '--metrics',
      'gone',
      '--mail',
    )
    assert.equal(code, exitCodes.input.code)
    assert.match(out, /^warning +new +erp db: disk free/m)
    assert.match(err, /gone\/health\.html/)
    assert.match(err, /gone\/upkeep-patrol-acme_erp\.prom/)
    assert.match(err, /ENOENT/)
    assert.match(err, /patrol\/no-mail-server/)
  })

  // Fault, people: a report is to take the place of a device or a link. Outcome: refused, and what is there stays.
  test('takes the place of no link, device or directory', async (context) => {
    const { cwd } = await fullHost(context)
    writeFileSync(join(cwd, 'aim'), 'kept')
    symlinkSync('aim', join(cwd, 'link.html'))
    mkdirSync(join(cwd, 'directory.html'))
    execFileSync('mkfifo', [join(cwd, 'pipe.html')])
    for (const path of ['link.html', 'directory.html', 'pipe.html']) {
      const { err } = await patrol(cwd, '--report', path)
      assert.match(err, /patrol\/not-written/, path)
      assert.match(err, /there is something else than a file/, path)
    }
    assert.equal(readFileSync(join(cwd, 'aim'), 'utf8'), 'kept')
    assert.ok(
      lstatSync(join(cwd, 'link.html')).isSymbolicLink() && lstatSync(join(cwd, 'pipe.html')).isFIFO(),
    )
  })

  test('has a language, or nothing is asked of any host', async (context) => {
    const cwd = directory(context, true)
    const { code, err } = await patrol(cwd, '--report', 'x.html', '--language', 'fr')
    assert.equal(code, exitCodes.usage.code)
    assert.match(err, /--language zh or --language en/)
    assert.ok(!existsSync(join(cwd, 'x.html')))
  })

  test('is a mail to the administrators, with the same report beside it', async (context) => {
    const { server, port, seen } = await mailServer(() => '250 ok')
    context.after(() => server.close())
    const { cwd } = await fullHost(context, port)
    const { code, err } = await patrol(cwd, '--mail', '--report', 'health.html')
    assert.deepEqual([code, err], [exitCodes.findings.code, ''])
    assert.deepEqual(
      seen.filter((line) => line.startsWith('RCPT')),
      ['RCPT TO:<it@example.org>'],
    )
    const text = seen.join('\n').replaceAll('=\n', '')
    assert.match(text, /^Auto-Submitted: auto-generated$/m)
    assert.match(text, /^Message-ID: <patrol\.\d{17}\.[0-9a-f]{16}@upkeep\.acme>$/m)
    assert.match(text, /^Subject: acme: Health report: 1 of 1 systems needs attention$/m)
    assert.match(text, /^ +warning +db +disk free \/ 15 %, (?:=E2=89=A5|≥) 20 %/m)
    const [, attached = ''] =
      /filename=health-acme-[\d-]+\.html[^]*?\n\n([A-Za-z0-9+/=\n]+)\n--/.exec(seen.join('\n')) ?? []
    assert.equal(
      Buffer.from(attached, 'base64').toString('utf8'),
      readFileSync(join(cwd, 'health.html'), 'utf8'),
    )
  })

  test('is told where the mail was not taken', async (context) => {
    const { server, port } = await mailServer((line) =>
      line.startsWith('RCPT') ? '550 no such user' : '250 ok',
    )
    context.after(() => server.close())
    const { cwd } = await fullHost(context, port)
    const { code, err } = await patrol(cwd, '--mail')
    assert.equal(code, exitCodes.input.code)
    assert.match(err, /mail\/refused/)
  })

  test('a missed inspection is a finding of the next one, and closed by the one after it', async (context) => {
    const { cwd } = await fullHost(context)
    await patrol(cwd)
    const path = join(cwd, 'state/patrol/erp.json')
    const kept = JSON.parse(readFileSync(path, 'utf8')) as PatrolKept
    // The last one was a week ago: a core system has missed about 14.
    const weekAgo = new Date(Date.now() - 7 * 86_400_000).toISOString()
    writeFileSync(path, JSON.stringify({ ...kept, time: weekAgo }))
    const next = await patrol(cwd)
    assert.match(next.out, /^warning +new +erp erp\/schedule: inspections missed 1[345]: the first one due$/m)
    assert.match((await patrol(cwd)).out, /^closed .*erp\/schedule: inspections missed/m)
    assert.doesNotMatch((await patrol(cwd)).out, /missed/)
  })
})
