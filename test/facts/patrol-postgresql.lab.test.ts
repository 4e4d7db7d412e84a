import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync, renameSync, rmSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Look } from '../../core/patrol/figure.ts'
import type { Before } from '../../playbooks/facts/patrol.ts'
import { figuresOf, ran } from './patrol-host.ts'
import { type Server, startPostgresql } from './postgresql-server.ts'

const primaryPort = 54_321
const standbyPort = 54_322
const engines = [{ port: primaryPort, database: 'erp', part: 'primary', hasStandby: true }] as const
let primary: Server
let standby: Server

function inspected(last?: Look): Look {
  const memory = last === undefined ? undefined : last.memory
  const before: Before = {
    memory,
    time: last === undefined ? null : new Date(Date.now() - 60_000).toISOString(),
  }
  return ran({ root: primary.root, wanted: { engines }, last: before }).look
}

/** A session that does something until it is ended. */
async function session(sql: string): Promise<{ readonly end: () => void }> {
  const argv = [
    '-u',
    'postgres',
    '--',
    'psql',
    '-X',
    '-q',
    '-h',
    `${primary.root}/run/postgresql`,
    '-p',
    String(primaryPort),
    '-d',
    'erp',
  ]
  const child = spawn('runuser', argv, { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' })
  child.stdin.write(`${sql}\n`)
  for (let tries = 0; tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    if (
      primary.sql("select count(*) from pg_stat_activity where state = 'idle in transaction'").trim() !== '0'
    )
      break
  }
  return {
    end() {
      child.stdin.end()
      child.kill()
    },
  }
}

describe('PostgreSQL as an inspection sees it', () => {
  before(() => {
    const settings = `shared_preload_libraries = 'pg_stat_statements'\nmax_connections = 13\nwal_level = replica\nautovacuum = off\n`
    primary = startPostgresql(primaryPort, { settings })
    primary.sql('create database erp')
    primary.sql('create table item as select 1 as id; alter table item set (autovacuum_enabled = off)', 'erp')
    standby = startPostgresql(standbyPort, { of: primary, settings: 'hot_standby = on' })
  })
  after(() => {
    standby.stop()
    primary.stop()
    rmSync(primary.root, { recursive: true, force: true })
  })

  test('answers in one session over its socket, read-only; a standby beside it is found by its socket', () => {
    const look = inspected()
    assert.deepEqual(figuresOf(look, 'database'), [`${primaryPort}=0`, `${standbyPort}=0`])
    assert.deepEqual(figuresOf(look, 'replication'), [`${primaryPort}=0`, `${standbyPort}=0`])
    assert.equal(figuresOf(look, 'replicationLag').length, 2)
    assert.deepEqual(figuresOf(look, 'deadRows'), [`${primaryPort}=0`])
    const unknown = look.figures.filter(({ of, state }) => of.startsWith('5432') && state === 'unknown')
    assert.deepEqual(unknown, [])
    const shared = primary.sql("select query from pg_stat_activity where backend_type = 'client backend'")
    assert.doesNotMatch(shared, /json_build_object/)
  })

  test('has connections without those reserved, and its oldest transaction with who has it', async () => {
    const sessions = await Promise.all([1, 2, 3].map(() => session('begin; select 1;')))
    const look = inspected()
    for (const one of sessions) one.end()
    // 13 less 3 for administrators.
    const [connections] = figuresOf(look, 'databaseConnections')
    assert.match(connections ?? '', /^54321=(30|40)$/)
    const oldest = look.figures.find(
      ({ item, of }) => item === 'oldestTransaction' && of === String(primaryPort),
    )
    assert.ok(oldest?.state === 'seen' && oldest.value > 0, JSON.stringify(oldest))
    assert.match(oldest.said ?? '', /postgres in erp, idle in transaction/)
  })

  test('has its slow queries counted by its log, since the last inspection, once, also after a rotation', () => {
    primary.sql("alter system set log_min_duration_statement = '1s'")
    primary.sql('select pg_reload_conf()')
    const first = inspected()
    assert.deepEqual(figuresOf(first, 'slowQueries')[0], `${primaryPort}=absent`)
    primary.sql('select pg_sleep(1.1)')
    primary.sql("select 'duration: 9999.000 ms  x', pg_sleep(0.01)")
    const second = inspected(first)
    assert.deepEqual(figuresOf(second, 'slowQueries')[0], `${primaryPort}=1`)
    assert.deepEqual(
      figuresOf(inspected(second), 'slowQueries')[0],
      `${primaryPort}=1`,
      'within the same day',
    )
    primary.sql('select pg_sleep(1.1)')
    // As logrotate with copytruncate does not, but rename and a new file does.
    renameSync(primary.log, `${primary.log}.1`)
    appendFileSync(
      primary.log,
      '2026-11-26 12:00:00 UTC [1] LOG:  duration: 2000.5 ms  statement: select 1\n',
    )
    const written = ran({
      root: primary.root,
      wanted: { engines },
      last: { memory: second.memory, time: new Date(Date.now() - 60_000).toISOString() },
      programs: {
        readlink: `case $1 in */fd/2) echo '${primary.log}' ;; *) exec /usr/bin/readlink "$@" ;; esac`,
      },
    }).look
    assert.deepEqual(figuresOf(written, 'slowQueries')[0], `${primaryPort}=3`)
    renameSync(`${primary.log}.1`, primary.log)
  })

  test('has errors, panics and damage counted in its log, and no words of a statement for them', () => {
    const first = inspected()
    for (const sql of ['select 1/0', 'select * from nothing_there']) assert.throws(() => primary.sql(sql))
    primary.sql("select 'ERROR:  x', 'PANIC:  y'\n\n")
    appendFileSync(primary.log, 'x LOG:  duration: 5.0 ms  statement: select\n\tPANIC:  not one\n')
    assert.deepEqual(figuresOf(inspected(first), 'databaseErrors')[0], `${primaryPort}=2`)
    assert.deepEqual(figuresOf(inspected(first), 'databasePanics')[0], `${primaryPort}=0`)
    appendFileSync(
      primary.log,
      'x WARNING:  page verification failed, calculated checksum 1 but expected 2\nx PANIC:  could not\n',
    )
    assert.deepEqual(figuresOf(inspected(first), 'databasePanics')[0], `${primaryPort}=2`)
  })

  test('has its slow queries counted by pg_stat_statements where that is, and a reset is no loss', () => {
    primary.sql('create extension pg_stat_statements', 'erp')
    const first = inspected()
    primary.sql('select pg_sleep(1.05)', 'erp')
    const second = inspected(first)
    assert.deepEqual(figuresOf(second, 'slowQueries')[0], `${primaryPort}=1`)
    primary.sql('select pg_stat_statements_reset()', 'erp')
    primary.sql('select pg_sleep(1.05)', 'erp')
    const third = inspected(second)
    assert.deepEqual(figuresOf(third, 'slowQueries')[0], `${primaryPort}=2`)
  })

  test('is not made to run what a user made under a name of ours', () => {
    primary.sql(
      `create function public.json_build_object(variadic text[]) returns json language sql as $$ select '{"part":"engine","max":1}'::json $$;
       create function public.age(xid) returns int language sql as $$ select 2000000000 $$;`,
      'erp',
    )
    const look = inspected()
    assert.deepEqual(figuresOf(look, 'wraparound'), [`${primaryPort}=0`, `${standbyPort}=0`])
  })

  test('has dead rows of large tables, and none while they are few', () => {
    primary.sql('insert into item select generate_series(1, 40000); delete from item where id % 2 = 0', 'erp')
    primary.sql('select pg_stat_force_next_flush()', 'erp')
    const [dead] = figuresOf(inspected(), 'deadRows')
    assert.match(dead ?? '', /^54321 public\.item=(49|50|5\d)/)
  })

  test('has the sizes of its largest databases and tables, those of a standby as well', () => {
    primary.sql('create table wide as select generate_series(1, 300000) as id; analyze', 'erp')
    const look = inspected()
    const sizes = figuresOf(look, 'tableSize')
    const wide = Number(
      /^54321 public\.wide=([\d.]+)$/.exec(sizes.find((one) => one.includes('wide')) ?? '')?.[1],
    )
    // 300,000 rows of 36 bytes with their heads.
    assert.ok(wide > 10 && wide < 12, sizes.join())
    const databases = figuresOf(look, 'databaseSize')
    for (const port of [primaryPort, standbyPort])
      assert.ok(
        databases.some((one) => one.startsWith(`${port} erp=`)),
        databases.join(),
      )
  })

  test('has a slot that nobody reads, and a standby that receives nothing', () => {
    primary.sql("select pg_create_physical_replication_slot('left', true)")
    primary.sql('create table big as select generate_series(1, 200000)', 'erp')
    const retained = inspected().figures.find(({ item }) => item === 'slotRetained')
    assert.ok(retained?.state === 'seen' && retained.value > 1, JSON.stringify(retained))
    assert.equal(retained.said, 'nobody reads it')
    primary.sql("select pg_drop_replication_slot('left')")
    standby.stop()
    const alone = inspected()
    assert.deepEqual(figuresOf(alone, 'replication')[0], `${primaryPort}=1`)
    standby = startAgain()
  })

  // Fault, hosts: the database does not answer an inspection, or has no connection left.
  // Outcome: critical, everything inside it is unknown, and what was known of its log is kept.
  test('that does not answer is critical, and all inside it unknown', () => {
    const first = inspected()
    primary.stop()
    const look = inspected(first)
    assert.deepEqual(figuresOf(look, 'database')[0], `${primaryPort}=1`)
    assert.deepEqual(figuresOf(look, 'databaseConnections')[0], `${primaryPort}=unknown`)
    assert.ok(look.memory.engines?.[`postgresql ${primaryPort}`]?.log !== undefined)
    primary.restart()
  })
})

function startAgain(): Server {
  standby.restart()
  return standby
}
