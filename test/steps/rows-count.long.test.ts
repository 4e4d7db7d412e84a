import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { scriptText } from '../../playbooks/steps/script.ts'
import { engine, must, ran } from './engine.ts'

type Engine = Awaited<ReturnType<typeof engine>>

/** What was committed since, counted; a count that fails is no number. */
async function counted(of: Engine, since: readonly string[]): Promise<string> {
  const { code, said, errors } = await of.count(since)
  return code === 0 ? said : `failed: ${said} ${errors}`
}

/** Inverts a byte of the engine's log at a place. */
function damage({ data }: Engine, place: string, offset: number): () => void {
  const [high = '', low = ''] = place.split('/')
  const at = parseInt(low, 16)
  const segment = 16 * 1024 * 1024
  const name = [
    '00000001',
    high.padStart(8, '0'),
    Math.floor(at / segment)
      .toString(16)
      .toUpperCase()
      .padStart(8, '0'),
  ]
  const file = openSync(join(data, 'pg_wal', name.join('')), 'r+')
  const where = (at % segment) + offset
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, where)
  const invert = () => {
    byte[0] = (byte[0] ?? 0) ^ 0xff
    writeSync(file, byte, 0, 1, where)
  }
  invert()
  return () => {
    invert()
    closeSync(file)
  }
}

describe('what was committed in an engine since its host was to be snapshot', () => {
  test('is nothing where nobody wrote, one for each that wrote, and none for who read, gave up, or gathered statistics', async (context) => {
    const of = await engine(context)
    await of.sql('create table t (n int); insert into t select generate_series(1, 100)')
    const since = await of.take()
    assert.equal(await counted(of, since), '0 log')
    const reads = of.session()
    await reads('begin; select * from t; commit;')
    await of.sql('begin; insert into t values (0); rollback')
    await of.sql('begin; select txid_current(); commit')
    await of.sql('analyze')
    assert.equal(await counted(of, since), '0 log')
    await of.sql('insert into t values (1)')
    await of.sql('begin; savepoint a; insert into t values (2); release a; commit')
    await of.sql('create database other')
    assert.equal(await counted(of, since), '3 log')
  })

  // It has the highest id of all, so that a snapshot by itself does not name it as open.
  test('counts a transaction that wrote before and only commits after', async (context) => {
    const of = await engine(context)
    await of.sql('create table t (n int)')
    const [writes, reads] = [of.session(), of.session()]
    await reads('begin isolation level repeatable read; select * from t;')
    await writes('begin; insert into t values (1);')
    // What it wrote lies on another page of the log than the place, and is not read.
    await of.sql('select pg_switch_wal()')
    const since = await of.take()
    assert.equal(await counted(of, since), '0 log')
    await reads('commit;')
    await writes('commit;')
    assert.equal(await counted(of, since), '1 log')
    await of.stop()
    assert.equal(await counted(of, since), '1 log')
  })

  test('counts one that was prepared before and is committed after, and not one that is rolled back', async (context) => {
    const of = await engine(context)
    await of.sql('create table t (n int)')
    for (const name of ['a', 'b', 'c'])
      await of.sql(`begin; insert into t values (1); prepare transaction '${name}'`)
    await of.sql('select pg_switch_wal()')
    const since = await of.take()
    await of.sql(`rollback prepared 'b'`)
    assert.equal(await counted(of, since), '0 log')
    await of.sql(`commit prepared 'c'`)
    assert.equal(await counted(of, since), '1 log')
    await of.sql(`commit prepared 'a'`)
    assert.equal(await counted(of, since), '2 log')
  })

  test('counts by ids where the log does not reach back so far', async (context) => {
    const of = await engine(context)
    await of.sql('create table t (n int)')
    const writes = of.session()
    await writes('begin; insert into t values (1);')
    const since = await of.take()
    await writes('commit;')
    await of.sql('insert into t values (2); select pg_switch_wal(); checkpoint; insert into t values (3)')
    await of.sql('select pg_switch_wal(); checkpoint; insert into t values (4); checkpoint')
    const [count, how] = (await counted(of, since)).split(' ')
    assert.equal(how, 'ids', 'the engine keeps no log from there')
    assert.ok(Number(count) >= 4, count)
  })

  test('knows statistics whose files were written anew', async (context) => {
    const of = await engine(context)
    await of.sql('create table t (n int); insert into t select generate_series(1, 100)')
    await of.sql('vacuum full pg_statistic')
    const since = await of.take()
    await of.sql('analyze t')
    assert.equal(await counted(of, since), '0 log')
  })

  test('keeps ids above 2^31 apart', async (context) => {
    const of = await engine(context)
    // In two steps, after each of which no row has an id that would lie in its future.
    for (const xid of [1_500_000_000, 3_000_000_000]) {
      await must(of.asPostgres(join(of.bin, 'vacuumdb'), '-q', '-a', '-F', '-p', of.port))
      await of.stop()
      const name = Math.floor(xid / (8192 * 4 * 32))
        .toString(16)
        .toUpperCase()
        .padStart(4, '0')
      writeFileSync(join(of.data, 'pg_xact', name), Buffer.alloc(8192 * 32))
      await must(['chown', 'postgres', join(of.data, 'pg_xact', name)])
      await must(of.asPostgres(join(of.bin, 'pg_resetwal'), '-x', String(xid), of.data))
      await of.start()
    }
    await of.sql('create table t (n int)')
    const since = await of.take()
    assert.ok(Number(since[0]) > 2 ** 31)
    await of.sql('begin; insert into t values (1); rollback')
    await of.sql('analyze t')
    await of.sql('begin; select txid_current(); commit')
    assert.equal(await counted(of, since), '0 log')
    await of.sql('insert into t values (1)')
    assert.equal(await counted(of, since), '1 log')
  })
})

describe('of an engine that is down', () => {
  test('the log says it after it was shut down, and after it broke off', async (context) => {
    const of = await engine(context)
    await of.sql('create table t (n int)')
    const since = await of.take()
    await of.sql('insert into t values (1)')
    await of.stop()
    assert.equal(await counted(of, since), '1 log')
    await of.start()
    await of.sql('insert into t values (2)')
    await of.stop('immediate')
    assert.equal(await counted(of, since), '2 log')
  })

  for (const mode of ['fast', 'immediate'] as const) {
    test(`a damaged record in the middle of the log is not its end (stopped: ${mode})`, async (context) => {
      const of = await engine(context)
      await of.sql('create table t (n int)')
      const since = await of.take()
      const place = await of.sql('select pg_current_wal_insert_lsn()')
      await of.sql('insert into t values (1)')
      await of.sql('insert into t values (2)')
      await of.stop(mode)
      assert.equal(await counted(of, since), '2 log')
      const mend = damage(of, place, 20)
      assert.match(await counted(of, since), /^failed: /)
      mend()
      assert.equal(await counted(of, since), '2 log')
    })
  }

  test('a damaged record is not its end where only later pages, or later files, say so', async (context) => {
    const of = await engine(context)
    await of.sql('create table t (n int, x text); checkpoint')
    const since = await of.take()
    await of.sql('insert into t values (1)')
    const place = await of.sql('select pg_current_wal_insert_lsn()')
    await of.sql(`insert into t select n, repeat('x', 500) from generate_series(1, 200) as n`)
    await of.sql('select pg_switch_wal()')
    await of.sql('insert into t values (2)')
    await of.stop('immediate')
    assert.equal(await counted(of, since), '3 log')
    const mend = damage(of, place, 20)
    assert.match(await counted(of, since), /^failed: [^]*(more was written|the log goes on)/)
    mend()
    assert.equal(await counted(of, since), '3 log')
  })

  test('two that could be it, or none, can not be counted', async (context) => {
    const of = await engine(context)
    const since = await of.take()
    await of.stop()
    const conf = join(of.data, 'postgresql.conf')
    const text = readFileSync(conf, 'utf8')
    writeFileSync(conf, text.replaceAll(`port = ${of.port}`, 'port = 1'))
    assert.match(await counted(of, since), /^failed: [^]*not one engine is known that had port \d+: none/)
    writeFileSync(conf, text)
    await ran(['cp', '-a', of.data, `${of.home}/other`])
    assert.match(await counted(of, since), /^failed: [^]*not one engine is known/)
  })
})

test('a full disk, on which nothing can be made in /tmp, keeps nobody from counting', async (context) => {
  const of = await engine(context)
  const since = await of.take()
  const line = 'mount -t tmpfs -o ro none /tmp || exit 9; text=$1; shift; exec sh -c "$text" sh "$@"'
  const args = [of.port, 'postgres', ...since]
  const { code, said, errors } = await ran([
    'unshare',
    '-m',
    'sh',
    '-c',
    line,
    'sh',
    scriptText('rows-count.sh'),
    ...args,
  ])
  assert.deepEqual([code, said], [0, '0 log'], errors)
})
