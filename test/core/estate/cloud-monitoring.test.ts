import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { checkEstate } from '../../../core/estate/check.ts'
import { networkIn, overlap } from '../../../core/estate/network.ts'
import { loadEstate } from '../../../schemas/load.ts'

const file = join(import.meta.dirname, '../../schemas/estates/valid/cloud-monitoring.yaml')
const text = readFileSync(file, 'utf8')

function errors(changed: string): readonly string[] {
  assert.notEqual(changed, text)
  const loaded = loadEstate('estate.yaml', changed)
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return checkEstate(loaded.value).errors.map(({ code, where, found }) => `${code} ${where} ${found}`)
}

test('people without a mail address hear nothing: that is refused, and one who has one is enough', () => {
  const mute = text.replaceAll(/, mail: (li|wang)@example.com/g, '')
  assert.deepEqual(errors(mute), [
    'estate/cloud-monitoring-tells-nobody estate.yaml:32:1 no owner or engineer with a mail address',
  ])
  assert.deepEqual(errors(text.replace(', mail: li@example.com', '')), [])
})

test('a mail server by TLS on port 465, or none, is one that Alertmanager can speak to', () => {
  const by = (smtp: string) => errors(text.replace('smtp://mail.example.com:587', smtp))
  assert.deepEqual(by('smtps://mail.example.com:465'), [])
  assert.deepEqual(by('smtps://mail.example.com'), [])
  assert.deepEqual(by('smtp://mail.example.com:2525'), [])
  for (const port of ['587', '4650', '46'])
    assert.deepEqual(by(`smtps://mail.example.com:${port}`), [
      `estate/cloud-monitoring-mail-server estate.yaml:7:15 smtps://mail.example.com:${port}`,
    ])
})

const byte = fc.integer({ min: 0, max: 255 })
const address = fc.tuple(byte, byte, byte, byte)
const dotted = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
const numberOf = (bytes: readonly number[]) => bytes.reduce((sum, one) => sum * 256 + one, 0)

test('a network is one by its bits: two share addresses when the shorter prefix of both is the same', () => {
  const network = fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([bytes, bits]) => {
    const mask = bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0
    return { first: (numberOf(bytes) & mask) >>> 0, bits }
  })
  fc.assert(
    fc.property(network, network, (a, b) => {
      const read = [a, b].map(({ first, bits }) => networkIn(`${dotted(first)}/${bits}`))
      const [one, other] = read
      assert.ok(one && other)
      const shorter = Math.min(a.bits, b.bits)
      const head = ({ first }: { first: number }) => first.toString(2).padStart(32, '0').slice(0, shorter)
      assert.equal(overlap(one, other), head(a) === head(b))
      if (a.bits < 32) assert.equal(networkIn(`${dotted(a.first + 1)}/${a.bits}`), null)
    }),
  )
})

test('what is no address or no length is no network', () => {
  for (const one of ['256.0.0.0/8', '10.0.0.0/33', '10.0.0.1/31', '10.20.1.0/16'])
    assert.equal(networkIn(one), null, one)
})
