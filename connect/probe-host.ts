import type { CommandProbe, Said, SqlProbe } from './probe.ts'
import { quoteAll } from './quote.ts'
import type { Host, Ran } from './remote.ts'
import type { Result } from '../schemas/problem.ts'

// psql reads no start-up file, asks no password, and shows the bare value; NULL is shown as such, not as nothing.
const psql = `
user=$1 port=$2 database=$3 query=$4
cd / && PGOPTIONS='-c default_transaction_read_only=on' && export PGOPTIONS
exec runuser -u "$user" -- psql -X -w -q -A -t -v ON_ERROR_STOP=1 -P null=NULL -p "$port" -d "$database" -c "$query"
`

/** Runs the query on the host as the database's own user; good is exactly the expected value. */
export async function askSql(probe: SqlProbe, host: Host, timeoutMs: number): Promise<Said> {
  // Read by psql as one name; without this prefix, one with a = sign would be a connection string.
  const database = `dbname='${probe.database.replace(/[\\']/g, '\\$&')}'`
  const args = [probe.user ?? 'postgres', String(probe.port ?? 5432), database, probe.query]
  const ran = await host.run(psql, { root: true, args, timeoutMs: timeoutMs + 1000, maxBytes: 65536 })
  return judged(ran, ({ code, stdout, stderr }) => {
    if (code !== 0) return { outcome: 'bad', said: stderr || `psql ended with ${code}` }
    const found = stdout.replace(/\n$/, '')
    return found === probe.expect
      ? { outcome: 'good', said: found }
      : { outcome: 'bad', said: `found ${found}, expected ${probe.expect}` }
  })
}

/** Runs the command on the host; good is exit code 0. */
export async function askCommand(probe: CommandProbe, host: Host, timeoutMs: number): Promise<Said> {
  const ran = await host.run(`exec ${quoteAll(probe.run)}`, {
    root: probe.root ?? false,
    timeoutMs: timeoutMs + 1000,
    maxBytes: 65536,
  })
  return judged(ran, ({ code, stdout, stderr }) =>
    code === 0
      ? { outcome: 'good', said: stdout }
      : { outcome: 'bad', said: `exit code ${code}: ${stderr || stdout}` },
  )
}

function judged(ran: Result<Ran>, judge: (ran: Ran) => Said): Said {
  if (!ran.ok) return { outcome: 'unknown', said: ran.problems[0]?.what ?? 'could not be asked' }
  if (ran.value.code === null)
    return {
      outcome: 'unknown',
      said: ran.value.lost ? 'the connection to the host was lost' : 'no end was seen',
    }
  return judge(ran.value)
}
