import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { CleanupAnswer, RuleAnswer, UndoAnswer } from '../../schemas/cleanup-answer.ts'
import { inRoom } from './room.ts'
import { cleanupProgram, cleanupScript } from '../../playbooks/facts/cleanup/program.ts'

const program = await cleanupProgram()
const script = await cleanupScript()

const processEnv = process.env

/** What a rule of a test leaves out. */
const rule = {
  name: 'rule',
  what: ['**/*'],
  not: [],
  olderThanS: 3600,
  // Tests can set no other time.
  ageBy: 'mtime',
  keepTail: null,
  kernels: false,
  keepNewest: 0,
  capBytes: null,
  onlyAbove: null,
  budget: { files: 100_000, bytes: 1e12 },
  do: 'delete',
  regenerable: false,
  rotatesJournal: false,
  mount: false,
}

/** A directory of this machine that is cleaned as a host would be: `where` holds files, `home` is Upkeep's own. */
export function host(t: TestContext, base = '/tmp') {
  const top = mkdtempSync(join(base, 'upkeep-clean-up-'))
  const where = join(top, 'where')
  const home = join(top, 'home')
  mkdirSync(where)
  mkdirSync(home, { mode: 0o700 })
  const children: ChildProcess[] = []
  let length = 0
  t.after(() => {
    for (const child of children) child.stdin?.end()
    rmSync(top, { recursive: true, force: true })
  })

  /** Asks the program one question (`AS` in the environment: words before it), and reads its answer; what the sh around it says else is a failure. */
  function ask(question: object, env: Readonly<Record<string, string>> = {}): unknown {
    const { meanwhile, ...asked } = { meanwhile: '', ...question }
    const request = JSON.stringify({ id: 'run-1', home, quarantineS: 1000, ...asked })
    const [around = '', ...words] = inRoom
    const ran = spawnSync(
      around,
      [
        ...words,
        ...(env['AS'] ?? '').split(' ').filter(Boolean),
        'sh',
        '-c',
        `set -- "$1" "$2"\n${script}`,
        'sh',
        withMeanwhile(meanwhile),
        request,
      ],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
        env: { ...processEnv, ...env },
      },
    )
    length = ran.stdout.length
    if (ran.status !== 0) throw new Error(`${ran.stderr}${ran.stdout}`)
    return JSON.parse(ran.stdout) as unknown
  }

  /** Ends all processes of the test. */
  async function killAll(): Promise<void> {
    const ending = children.splice(0)
    await Promise.all(
      ending.map((child) => {
        const closed = once(child, 'close')
        // What runs in the room is a child of what was started here: it ends with its input.
        child.stdin?.end()
        return closed
      }),
    )
  }

  /** Asks one question beside the test; gives how the program ended. */
  async function later(question: object): Promise<number | null> {
    const request = JSON.stringify({ id: 'run-1', home, quarantineS: 1000, ...question })
    const [around = '', ...words] = inRoom
    const text = `set -- "$1" "$2"\n${script}`
    const child = spawn(around, [...words, 'sh', '-c', text, 'sh', program, request], { stdio: 'ignore' })
    const [code] = (await once(child, 'close')) as [number | null]
    return code
  }

  /** Begins to clean up, and is killed with -9 after so many ms. */
  async function killedAfter(ms: number): Promise<void> {
    const question = JSON.stringify({
      id: 'run-1',
      home,
      quarantineS: 1000,
      verb: 'clean',
      rules: [{ ...rule, where: [where] }],
    })
    const [around = '', ...words] = inRoom
    const text = `set -- "$1" "$2"\n${script}`
    const child = spawn(
      around,
      [...words, 'timeout', '-s', 'KILL', String(ms / 1000), 'sh', '-c', text, 'sh', program, question],
      {
        stdio: 'ignore',
      },
    )
    await once(child, 'close')
  }

  /** A file with a text, that old (s). */
  function file(name: string | Buffer, text = 'x', ageS = 86_400): void {
    const path = Buffer.isBuffer(name) ? Buffer.concat([Buffer.from(`${where}/`), name]) : join(where, name)
    if (!Buffer.isBuffer(path)) mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    age(path, ageS)
  }

  function age(path: string | Buffer, ageS: number): void {
    const then = Date.now() / 1000 - ageS
    utimesSync(path, then, then)
  }

  /** Lets the time of the quarantine be over, by the clock and by what the machine knows. */
  function over(): void {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    writeFileSync(join(home, 'quarantine/run-1/until'), `1 ${boot} 1\n`)
  }

  /** A process that has begun what its Python says, and goes on until the end of the test. */
  async function process(python: string, uid?: number): Promise<void> {
    const [around = '', ...words] = inRoom
    const as = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
    const text = `${python}\nprint("ready", flush=True)\nimport sys\nsys.stdin.read()`
    const child = spawn(around, [...words, ...as, 'python3', '-c', text, where], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    children.push(child)
    await new Promise((resolve) => child.stdout?.once('data', resolve))
  }

  function one(verb: 'scan' | 'clean', changes: object, question: object, env = {}): Required<RuleAnswer> {
    const answer = ask({ verb, rules: [{ ...rule, where: [where], ...changes }], ...question }, env)
    const [row] = (answer as CleanupAnswer).rules
    if (row === undefined) throw new Error('no answer about the rule')
    // What is not there is undefined, and equals nothing that a test expects.
    return row as Required<RuleAnswer>
  }

  return {
    top,
    where,
    home,
    rule,
    ask,
    later,
    file,
    age,
    process,
    killedAfter,
    killAll,
    over,
    scan: (changes: object = {}) => one('scan', changes, {}),
    clean: (changes: object = {}, question: object = {}, env = {}) => one('clean', changes, question, env),
    host: (verb: 'scan' | 'clean', rules: readonly object[] = []) => ask({ verb, rules }) as CleanupAnswer,
    undo: () => ask({ verb: 'undo' }) as UndoAnswer,
    purge: () => ask({ verb: 'purge' }) as NonNullable<CleanupAnswer['purged']>,
    length: () => length,
    exists: (name: string) => existsSync(join(where, name)),
    names: () => readdirSync(where).sort(),
  }
}

/**
 * The program, with Python that runs before it begins; it may put something of its own between two steps, to be exactly in
 * the instant that a race needs: `before(name, function)` calls it before the rename of a name, or the last look at what is
 * deleted where it is; `after` after the rename, `between` after that look, `then(function)` between counting and taking.
 */
function withMeanwhile(python: string): string {
  if (python === '') return program
  const hooks = `
_rename, HOOKS = os.rename, {}
def hooked(src, dst, *, src_dir_fd=None, dst_dir_fd=None):
    hook = HOOKS.pop(("before", src), None)
    if hook: hook()
    _rename(src, dst, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
    hook = HOOKS.pop(("after", src), None)
    if hook: hook()
os.rename = hooked
_lstat = os.lstat
def looked(path, *, dir_fd=None):
    hook = HOOKS.pop(("before", os.fsdecode(path)), None)
    if hook: hook()
    found = _lstat(path, dir_fd=dir_fd)
    hook = HOOKS.pop(("between", os.fsdecode(path)), None)
    if hook: hook()
    return found
os.lstat = looked
_find = find
def find(*words):
    found = _find(*words)
    for hook in HOOKS.pop("then", []): hook()
    return found
def before(name, hook): HOOKS[("before", name)] = hook
def after(name, hook): HOOKS[("after", name)] = hook
def between(name, hook): HOOKS[("between", name)] = hook
def then(hook): HOOKS.setdefault("then", []).append(hook)
KEPT_OPEN = []
`
  return program.replace(/main\(\)\n*$/, () => `${hooks}\n${python}\nmain()\n`)
}

/** What was held back, as `why: count`. */
export function held(row: Required<RuleAnswer>): Readonly<Record<string, number>> {
  return Object.fromEntries(row.held.map(({ why, count }) => [why, count]))
}
