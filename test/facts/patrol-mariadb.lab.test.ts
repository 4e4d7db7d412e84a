import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, describe, test } from 'node:test'
import type { Look } from '../../core/patrol/figure.ts'
import { type MariadbServer, startMariadb } from './mariadb-server.ts'
import { figuresOf, ran } from './patrol-host.ts'

let server: MariadbServer

function inspected(last?: Look): Look {
  const time = last === undefined ? null : new Date(Date.now() - 60_000).toISOString()
  return ran({ root: server.root, wanted: { mariadb: true }, last: { memory: last?.memory, time } }).look
}

describe('MariaDB as an inspection sees it', () => {
  before(async () => {
    server = await startMariadb({ settings: ['--long-query-time=0.2'] })
  })
  after(async () => {
    await server.stop()
    rmSync(server.root, { recursive: true, force: true })
  })

  test('answers over its socket: connections, and no replication where it has none', () => {
    const look = inspected()
    assert.deepEqual(figuresOf(look, 'database'), ['mariadb=0'])
    // The one that asks.
    assert.deepEqual(figuresOf(look, 'databaseConnections'), ['mariadb=5'])
    assert.deepEqual(figuresOf(look, 'oldestTransaction'), ['mariadb=0'])
    assert.deepEqual(figuresOf(look, 'replication'), [])
  })

  test('has its oldest transaction', async () => {
    const socket = join(server.root, 'run/mysqld/mysqld.sock')
    server.sql(
      'create database if not exists shop; create table if not exists shop.item (id int) engine = innodb',
    )
    const client = spawn('mariadb', ['--no-defaults', `--socket=${socket}`, 'shop'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    client.stdin.write('begin; insert into item values (1); select sleep(60);\n')
    await sleep(2_500)
    const [oldest = ''] = figuresOf(inspected(), 'oldestTransaction')
    client.kill()
    // The server sees within seconds that its client is gone, and counts a slow query then: not amid the next test.
    const others =
      "select count(*) from information_schema.processlist where info like '%sleep%' and id <> connection_id()"
    for (let tries = 0; server.sql(others).trim() !== '0'; tries += 1) {
      assert.ok(tries < 200, 'the query of a client that is gone still runs')
      await sleep(100)
    }
    assert.ok(Number(/^mariadb=(\d+)$/.exec(oldest)?.[1]) >= 2, oldest)
  })

  test('has its slow queries counted since the last inspection, and a restart is no loss', async () => {
    const first = inspected()
    assert.deepEqual(figuresOf(first, 'slowQueries'), ['mariadb=absent'])
    server.sql('select sleep(0.3)')
    const second = inspected(first)
    assert.deepEqual(figuresOf(second, 'slowQueries'), ['mariadb=1'])
    assert.deepEqual(figuresOf(inspected(second), 'slowQueries'), ['mariadb=1'], 'within the same day')
    const { root } = server
    await server.stop()
    server = await startMariadb({ root, settings: ['--long-query-time=0.2'] })
    server.sql('select sleep(0.3)')
    // Its start is kept to two minutes, so an engine that began long before stands for the one before the restart.
    const { engines, ...rest } = second.memory
    const old = {
      ...rest,
      engines: { mariadb: { ...engines?.['mariadb'], counter: { slow: 900, startedS: 1_000 } } },
    }
    assert.deepEqual(figuresOf(inspected({ ...second, memory: old }), 'slowQueries'), ['mariadb=2'])
  })

  test('has the sizes of its largest databases and tables', () => {
    server.sql(
      `create database if not exists shop;
       create table shop.wide engine = innodb as select repeat('x', 200) as text from information_schema.columns`,
    )
    server.sql('analyze table shop.wide')
    const look = inspected()
    assert.match(figuresOf(look, 'tableSize').join(), /mariadb shop\.wide=[0-9.]+/)
    assert.match(figuresOf(look, 'databaseSize').join(), /mariadb shop=[0-9.]+/)
  })

  test('has a replication that does not run', () => {
    server.sql("change master to master_host = '127.0.0.1', master_port = 1, master_user = 'x'")
    const look = inspected()
    assert.deepEqual(figuresOf(look, 'replication'), ['mariadb=1'])
    assert.deepEqual(figuresOf(look, 'replicationLag'), ['mariadb=unknown'])
  })

  // Fault, hosts: a MariaDB does not answer an inspection. Outcome: critical, and everything inside it unknown.
  test('that does not answer is critical, and all inside it unknown', async () => {
    const { root } = server
    await server.stop()
    const look = inspected()
    assert.deepEqual(figuresOf(look, 'database'), ['mariadb=1'])
    assert.deepEqual(figuresOf(look, 'databaseConnections'), ['mariadb=unknown'])
    server = await startMariadb({ root })
  })
})
