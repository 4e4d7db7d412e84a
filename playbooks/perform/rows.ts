import type { Action } from '../../schemas/plan.ts'
import { act, ask } from './ask.ts'
import { done, type Ended, failed, type Performing } from './context.ts'

type Named<K> = Extract<Action, { kind: K }>

const psql = `exec runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -p "$1" -d "$2" -v rollout="$3" <<'SQL'\n`

const write = `${psql}
create schema if not exists upkeep;
create table if not exists upkeep.rehearsal (rollout text primary key, at timestamptz not null default now());
delete from upkeep.rehearsal where rollout <> :'rollout';
insert into upkeep.rehearsal (rollout) values (:'rollout') on conflict do nothing;
SQL
`

const read = `${psql}
select count(*) from upkeep.rehearsal where rollout = :'rollout';
SQL
`

/** Writes this rollout's row into a database of a test host; there is never more than one. */
export async function markRows(
  { world, planned, step, context }: Performing,
  action: Named<'rows.mark'>,
): Promise<Ended> {
  const ran = await act(
    world,
    planned.host,
    write,
    [String(action.port), action.database, context.rollout],
    step.limitMs,
  )
  return ran.ok ? done('row written') : failed(ran.problems)
}

/** Finds this rollout's row again. */
export async function rowsKept(
  { world, planned, step, context }: Performing,
  action: Named<'rows.kept'>,
): Promise<Ended> {
  const ran = await ask(
    world,
    planned.host,
    read,
    [String(action.port), action.database, context.rollout],
    step.limitMs,
  )
  if (!ran.ok) return failed(ran.problems)
  if (ran.value.stdout.trim() === '1') return done('the row is there')
  return failed([
    {
      code: 'rows/lost',
      what: 'A row that was committed before the way back is gone after it.',
      where: `${planned.host} database ${action.database}`,
      found: `${ran.value.stdout.trim()} rows`,
      expected: '1 row',
      fix: 'Do not use the old packages as a way back for this database.',
    },
  ])
}
