import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engine } from './engine.ts'

test('the hash of a schema moves with what old code may meet, and with nothing that a job does by itself', async (context) => {
  const of = await engine(context)
  await of.sql(`
    create table t (n int primary key, at date);
    create table measured (at date not null, n int references t) partition by range (at);
    create index on measured (n);
    create table measured_1 partition of measured for values from ('2026-01-01') to ('2026-02-01');
    alter table measured add primary key (at);
    create table refers (at date references measured);
    create function two() returns int language sql return 2;
    create view v as select n from t;
    create extension pg_trgm`)
  let before = await of.schema()
  const moved = async (text: string) => {
    await of.sql(text)
    const now = await of.schema()
    const isMoved = now !== before
    before = now
    return isMoved
  }
  for (const still of [
    `insert into t values (1, now())`,
    `create table measured_2 partition of measured for values from ('2026-02-01') to ('2026-03-01')`,
    `alter table measured detach partition measured_1; drop table measured_1`,
    `create table made_by_it (n int); alter extension pg_trgm add table made_by_it`,
    `analyze`,
    `begin; select txid_current(); commit`,
  ])
    assert.ok(!(await moved(still)), still)
  for (const moves of [
    `create index on measured (at, n)`,
    `alter table measured add other text`,
    `alter table t enable row level security`,
    `create policy p on t using (n > 1)`,
    `alter policy p on t using (n > 2)`,
    `alter policy p on t to postgres`,
    `create rule r as on delete to t do instead nothing`,
    `create or replace function two() returns int language sql return 3`,
    `create or replace function two() returns int language sql security definer return 3`,
    `create aggregate added (int) (sfunc = int4pl, stype = int)`,
    `create or replace view v as select n + 1 as n from t`,
    `alter table t add check (n > 0)`,
    `drop extension pg_trgm`,
  ])
    assert.ok(await moved(moves), moves)
})

test('to look takes no id; to take one is what has those before it listed as open', async (context) => {
  const of = await engine(context)
  const next = () => of.sql('select txid_snapshot_xmax(txid_current_snapshot())')
  const before = await next()
  await of.schema()
  assert.equal(await next(), before)
  const writes = of.session()
  await writes('begin; create table t (n int);')
  const [since, , open] = await of.take()
  assert.deepEqual([Number(since), open], [Number(before) + 2, before])
})
