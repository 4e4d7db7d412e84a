import type { Ran } from '../../connect/remote.ts'
import { sanitise } from '../../connect/text.ts'
import type { Action } from '../../schemas/plan.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { named } from '../steps/schema.ts'
import { scriptText } from '../steps/script.ts'
import { act, ask } from './ask.ts'
import { done, type Ended, failed, type Performing } from './context.ts'

type Named<K> = Extract<Action, { kind: K }>

/**
 * Where a database stands: SHA-256 of its schema, the engine's next transaction id, its place in the log, and the ids
 * before that one that had not ended (`-`: none).
 */
type Standing = {
  readonly schema: string
  readonly transaction: string
  readonly place: string
  readonly open: string
}

/** Directory on a host for the dumps of one rollout. */
function dumpDirectory(rollout: string): string {
  return `/var/lib/upkeep/dumps/${rollout}`
}

/** Where the database of a step lies: on its own host, or on another one of the system. */
function hostOf({ planned }: Performing, { on }: Database): string {
  return on ?? planned.host
}

/** What was recorded of a database before the host of this step was patched. */
function recorded({ planned, context }: Performing, { database, on }: Database) {
  return context.state.hosts[planned.host]?.ended[`schema.take-${named({ name: database, on })}`]?.facts
}

/** Records where a database stands; it goes to the journal. */
export async function recordSchema(performing: Performing, action: Named<'schema.take'>): Promise<Ended> {
  const found = await standing(performing, action, ['take'])
  return found.ok
    ? done(
        `schema ${found.value.schema.slice(0, 12)}, next transaction ${found.value.transaction}`,
        found.value,
      )
    : failed(found.problems)
}

/** Records whether the schema is another one than before the patch: evidence, which by itself fails nothing. */
export async function lookAtSchema(performing: Performing, action: Named<'schema.look'>): Promise<Ended> {
  const before = recorded(performing, action)?.['schema']
  const now = await standing(performing, action)
  if (!now.ok) return failed(now.problems)
  const moved = before !== now.value.schema
  const said = moved
    ? `the patch moves the schema of ${action.database}: the old packages may not read it, and in production do not come back by themselves`
    : `the patch does not move the schema of ${action.database}`
  return done(said, { ...now.value, moved })
}

/**
 * Compares the schema with what was recorded. One that moved may be unreadable to the old packages: what was committed
 * since is counted, then the whole database is dumped on its host, and the step fails. Problems: `schema/moved`,
 * `schema/not-recorded`, `schema/unreadable`, those of the connection.
 */
export async function compareSchema(performing: Performing, action: Named<'schema.compare'>): Promise<Ended> {
  const { world, step, context } = performing
  const carrier = hostOf(performing, action)
  const where = `${carrier} database ${action.database}`
  const before = recorded(performing, action)
  const [schema, since] = [before?.['schema'], before?.['transaction']]
  if (typeof schema !== 'string' || typeof since !== 'string') {
    return failed([
      {
        code: 'schema/not-recorded',
        what: 'Nobody recorded the schema of this database before the patch.',
        where,
        fix: 'Find out by hand whether its tables changed, before old packages are put back.',
      },
    ])
  }
  const now = await standing(performing, action)
  if (!now.ok) return failed(now.problems)
  const counted = await askDatabase(performing, action, 'schema-count.sh', [since])
  const transactions = counted.ok ? read(counted.value.stdout, /^(?<count>\d+)$/, where) : counted
  if (!transactions.ok) return failed(transactions.problems)
  const { count = '' } = transactions.value
  const facts = { ...now.value, transactions: Number(count) }
  if (now.value.schema === schema)
    return done(`the schema did not move; ${count} transactions since stay`, facts)

  const directory = dumpDirectory(context.rollout)
  const dumped = await act(
    world,
    carrier,
    scriptText('schema-dump.sh'),
    [String(action.port), action.database, directory],
    step.limitMs,
  )
  const dump = dumped.ok
    ? read(dumped.value.stdout, /^(?<sha256>[0-9a-f]{64}) (?<bytes>\d+) (?<file>\/.+)$/, where)
    : dumped
  if (!dump.ok) return failed(dump.problems)
  const { sha256 = '', bytes = '', file = '' } = dump.value
  const end = failed([
    {
      code: 'schema/moved',
      what: 'The schema of a database moved since before the patch, so the old packages may not read it; nothing was put back.',
      where,
      found: `${count} transactions were committed since; all rows are in ${file} on ${carrier} (${bytes} bytes, SHA-256 ${sha256})`,
      fix: 'Keep the patch (settle it as done), or move the schema back by hand and put the old packages back. The snapshot of that host loses these transactions: copy the dump away first.',
    },
  ])
  return { ...end, facts: { ...facts, dump: file, on: carrier, sha256, bytes: Number(bytes) } }
}

type Database = { readonly port: number; readonly database: string; readonly on?: string }

function askDatabase(
  performing: Performing,
  database: Database,
  script: string,
  more: readonly string[] = [],
): Promise<Result<Ran>> {
  const args = [String(database.port), database.database, ...more]
  const { world, step } = performing
  return ask(world, hostOf(performing, database), scriptText(script), args, step.limitMs)
}

async function standing(
  performing: Performing,
  database: Database,
  more: readonly string[] = [],
): Promise<Result<Standing>> {
  const ran = await askDatabase(performing, database, 'schema-standing.sh', more)
  if (!ran.ok) return ran
  const line =
    /^(?<schema>[0-9a-f]{64}) (?<transaction>\d+) (?<place>[0-9A-F]+\/[0-9A-F]+) (?<open>-|\d[\d,]*)$/
  const where = `${hostOf(performing, database)} database ${database.database}`
  const found = read(ran.value.stdout, line, where)
  if (!found.ok) return found
  const { schema = '', transaction = '', place = '', open = '' } = found.value
  return ok({ schema, transaction, place, open })
}

function read(text: string, pattern: RegExp, where: string): Result<Readonly<Record<string, string>>> {
  const groups = pattern.exec(text.trim())?.groups
  if (groups !== undefined) return ok(groups)
  return fail({
    code: 'schema/unreadable',
    what: 'The database answered in a form that is not known.',
    where,
    found: sanitise(text.trim(), 200),
    fix: 'Run psql as postgres on the host, and see what it says.',
  })
}
