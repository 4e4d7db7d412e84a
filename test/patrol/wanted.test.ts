import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readEstate } from '../../core/estate/read.ts'
import type { Finding } from '../../core/patrol/findings.ts'
import { argumentsOf } from '../../playbooks/facts/patrol.ts'
import { wantedOf } from '../../playbooks/patrol/wanted.ts'
import { valueOf } from '../core/journal/open-state.ts'

const text = (name: string) => `version: 1
name: acme
timeZone: UTC
contacts: { it: { name: IT } }
connection: { user: root, key: none }
systems:
  erp:
    tier: office
    owner: it
    roles: { db: { services: [postgresql.service] }, copy: {}, app: {} }
    hosts:
      one: { ring: test, roles: [db, copy] }
      two: { ring: test, roles: [copy] }
      three: { ring: test, roles: [app] }
    databases: { erp: { engine: postgresql, name: ${JSON.stringify(name)}, primary: db, standby: copy, port: 5433 } }
    patrol: { certificates: ['/etc/a b.pem'] }
`

function wanted(host: string, name = 'erp', last: readonly Finding[] = []) {
  const { estate } = valueOf(readEstate('/estate.yaml', text(name)))
  const system = estate.systems['erp']
  const found = system?.hosts.find((one) => one.name === host)
  assert.ok(system !== undefined && found !== undefined)
  return wantedOf(system, found, last)
}

describe('what an inspection of a host must know', () => {
  test('are the engines that the estate has there, and as what', () => {
    const [one] = wanted('one').engines
    assert.deepEqual(one, { port: 5433, database: 'erp', part: 'primary', hasStandby: true })
    assert.deepEqual(
      wanted('two').engines.map(({ part }) => part),
      ['standby'],
    )
    assert.deepEqual(wanted('three').engines, [])
  })

  test('is no name of a database that psql takes for an option or a connection', () => {
    for (const name of ['-c x', 'dbname=x host=evil', 'postgresql://evil/x', 'a b', "a'b"])
      assert.equal(wanted('one', name).engines[0]?.database, 'postgres', name)
  })

  test('are units that failed last time, of this host, with names that are names', () => {
    const finding = (host: string, of: string, item: Finding['item'] = 'failedUnits'): Finding => ({
      ...{
        host,
        of,
        item,
        level: 'warning',
        value: 1,
        said: '',
        since: '2026-11-26T08:00:00Z',
        state: 'open',
      },
      looked: true,
    })
    const last = [
      finding('one', 'a@b.service'),
      finding('one', '-x $(y)'),
      finding('two', 'c.service'),
      finding('one', '/', 'diskFree'),
    ]
    assert.deepEqual(wanted('one', 'erp', last).failedBefore, ['a@b.service'])
  })

  test('goes to the script as lines', () => {
    const log = { path: '/l', inode: '7', offset: 99 }
    const memory = {
      bootId: null,
      oomKills: null,
      engines: { 'postgresql 5433': { log } },
      logins: { untilS: 5, addresses: {} },
    }
    assert.deepEqual(argumentsOf(wanted('one'), memory), [
      'postgresql.service',
      '',
      '/etc/a b.pem',
      '5433 erp 7 99',
      '',
      '5',
      'apt',
    ])
    assert.deepEqual(argumentsOf(wanted('two'), undefined).slice(3), ['5433 erp - -', '', '-', 'apt'])
  })
})
