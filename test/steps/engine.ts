import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { scriptText } from '../../playbooks/steps/script.ts'

const root = '/usr/lib/postgresql'
const version = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a))[0] : undefined

/** Runs a program; its exit status and all that it said. */
export async function ran(argv: readonly string[], input?: string) {
  const [program = '', ...args] = argv
  const child = spawn(program, args, { stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
  let [said, errors] = ['', '']
  child.stdout?.on('data', (data: Buffer) => (said += data.toString()))
  child.stderr?.on('data', (data: Buffer) => (errors += data.toString()))
  child.stdin?.end(input)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, said: said.trim(), errors: errors.trim() }
}

/** The same for one that must end well; what it printed. */
export async function must(argv: readonly string[], input?: string): Promise<string> {
  const { code, said, errors } = await ran(argv, input)
  assert.equal(code, 0, `${argv.join(' ')}: ${said} ${errors}`)
  return said
}

let last = 20_000 + (process.pid % 10_000)

/** An engine of PostgreSQL of its own, whose files lie where engines lie; it is stopped and removed after the test. */
export async function engine(context: Pick<TestContext, 'after'>) {
  assert.ok(version !== undefined, 'PostgreSQL is not installed: run node test/tools.ts')
  const bin = join(root, version, 'bin')
  const home = mkdtempSync('/var/lib/postgresql/upkeep-test-')
  const data = join(home, 'data')
  last += 1
  const port = String(last)
  const asPostgres = (...argv: readonly string[]) => ['runuser', '-u', 'postgres', '--', ...argv]
  await must(['chown', 'postgres', home])
  await must(asPostgres(join(bin, 'initdb'), '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N', '-D', data))
  const settings = [
    `port = ${port}`,
    `listen_addresses = ''`,
    'max_prepared_transactions = 5',
    'autovacuum = off',
  ]
  appendFileSync(join(data, 'postgresql.conf'), `${settings.join('\n')}\n`)
  const control = (...argv: readonly string[]) =>
    must(asPostgres(join(bin, 'pg_ctl'), '-s', '-w', '-D', data, ...argv))
  const psql = asPostgres(
    'psql',
    '-X',
    '-q',
    '-A',
    '-t',
    '-v',
    'ON_ERROR_STOP=1',
    '-p',
    port,
    '-d',
    'postgres',
  )
  const sessions: ChildProcess[] = []
  const start = () => control('-l', join(home, 'log'), 'start')
  const stop = (mode: 'fast' | 'immediate' = 'fast') => control('-m', mode, 'stop')
  context.after(async () => {
    for (const session of sessions) session.stdin?.end()
    await ran(asPostgres(join(bin, 'pg_ctl'), '-s', '-w', '-D', data, '-m', 'immediate', 'stop'))
    rmSync(home, { recursive: true, force: true })
  })
  await start()

  const script = (name: string, ...args: readonly string[]) =>
    ran(['sh', '-c', scriptText(name), 'sh', port, 'postgres', ...args])

  return {
    home,
    data,
    bin,
    port,
    start,
    stop,
    asPostgres,
    script,
    /** What the engine answers; each statement for itself. */
    sql: (text: string) => must(psql, text),
    /** A session that stays open; what is sent is done when the promise is. */
    session() {
      const [program = '', ...args] = psql
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
      sessions.push(child)
      let [said, count] = ['', 0]
      child.stdout.on('data', (text: Buffer) => (said += text.toString()))
      return async (text: string) => {
        count += 1
        const mark = `done-${count}-of-it`
        child.stdin.write(`${text}\n\\echo ${mark}\n`)
        while (!said.includes(mark)) await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    /** Where it stands, as recorded before a snapshot. */
    async take() {
      const { code, said, errors } = await script('schema-standing.sh', 'take')
      assert.equal(code, 0, said + errors)
      const [schema = '', ...standing] = said.split(' ')
      assert.match(schema, /^[0-9a-f]{64}$/)
      return standing
    },
    async schema() {
      const { said } = await script('schema-standing.sh')
      return said.split(' ')[0]
    },
    /** What was committed since it stood so. */
    count: (standing: readonly string[]) => script('rows-count.sh', ...standing),
  }
}
