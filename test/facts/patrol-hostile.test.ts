import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readLook } from '../../playbooks/facts/patrol.ts'
import {
  answerWith,
  df,
  goodHost,
  nothingBefore,
  nothingWanted,
  type Parts,
  roundTrips,
  times,
} from './patrol-answer.ts'

const wanted = {
  ...nothingWanted,
  services: ['nginx.service'],
  failedBefore: ['old.service'],
  memoryFileSystems: ['/dev/shm'],
  engines: [{ port: 5432, database: 'erp', part: 'primary', hasStandby: true }],
  mariadb: true,
  parts: ['sensors'],
} as const
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f]/u
const names = [
  ...Object.keys(goodHost),
  ...['services', 'in-memory', 'postgresql-5432', 'postgresql-log-5432', 'mariadb'],
]

/** Reads an answer; whatever the host said, figures are numbers or unknown, and words are harmless and short. */
function assertSound(changed: Parts): ReturnType<typeof readLook> {
  const look = readLook(answerWith(changed), wanted, { times, last: nothingBefore, roundTrips })
  assert.ok(look.figures.length < 2_100, `${look.figures.length} figures`)
  for (const figure of look.figures) {
    const text = `${figure.of}${figure.state === 'seen' ? (figure.said ?? '') : figure.why}`
    assert.doesNotMatch(text, unseen)
    assert.ok(figure.of.length <= 100 && text.length <= 400, text)
    if (figure.state === 'seen')
      assert.ok(Number.isFinite(figure.value) && figure.value >= 0, JSON.stringify(figure))
  }
  return look
}

const seed = Date.now()

describe(`what a host answers (seed ${seed})`, () => {
  test('may be any bytes with any exit code', () => {
    const part = fc.record({
      name: fc.constantFrom(...names),
      bytes: fc.uint8Array({ maxLength: 300 }),
      code: fc.constantFrom(0, 0, 1, 124, 255),
    })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const changed = parts.map(
          ({ name, bytes, code }) => [name, { code, text: Buffer.from(bytes).toString('utf8') }] as const,
        )
        assertSound(Object.fromEntries(changed))
      }),
      { seed, numRuns: 500 },
    )
  })

  test('may be a good answer with characters changed', () => {
    const edit = fc.record({
      name: fc.constantFrom(...Object.keys(goodHost)),
      at: fc.nat(400),
      to: fc.constantFrom(
        '',
        '-',
        '0',
        '9'.repeat(30),
        '\n',
        ' ',
        '\u001b[31m',
        '\u202e',
        'NaN',
        '1e9',
        '.',
        '/',
      ),
    })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
        const changed: Record<string, string> = {}
        for (const { name, at, to } of edits) {
          const good = goodHost[name]
          const text = changed[name] ?? (typeof good === 'string' ? good : '')
          changed[name] =
            `${text.slice(0, at % (text.length + 1))}${to}${text.slice((at % (text.length + 1)) + 1)}`
        }
        assertSound(changed)
      }),
      { seed, numRuns: 1_000 },
    )
  })

  test('may be names that a terminal obeys', () => {
    const evil = '/srv/\u001b]0;owned\u0007\u202egpj\r|= \'"$(id)'
    const { figures } = assertSound({ disks: df(['/dev/sda1', 'ext4', 100, 95, 5, evil]) })
    const disk = figures.find(({ item }) => item === 'diskFree')
    assert.ok(disk?.state === 'seen' && disk.value === 5, JSON.stringify(disk))
  })

  test('is never good by being too much: what is cut off is unknown', () => {
    const many = Array.from({ length: 9_000 }, (_, at) => `u${at}.service loaded failed failed x\n`).join('')
    const cut = assertSound({ failed: many }).figures.filter(({ state }) => state === 'unknown')
    assert.ok(cut.some(({ item }) => item === 'failedUnits'))
    const endless = assertSound({ failed: '\n'.repeat(50_000) }).figures
    assert.ok(endless.some(({ item, state }) => item === 'failedUnits' && state === 'unknown'))
  })

  test('costs little to read, whatever lines it is made of', () => {
    for (const line of [
      ' '.repeat(1_023),
      '1 '.repeat(500),
      `/dev/x ${'1'.repeat(1_000)}`,
      'a'.repeat(1_023),
    ]) {
      const text = `${line}\n`.repeat(256)
      const began = process.cpuUsage()
      assertSound(Object.fromEntries(names.map((name) => [name, text])))
      const { user } = process.cpuUsage(began)
      assert.ok(user < 5_000_000, `${user / 1000} ms for lines of ${JSON.stringify(line.slice(0, 10))}`)
    }
  })
})
