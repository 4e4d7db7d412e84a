import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { labCloudAt } from '../connect/lab-cloud.ts'
import { local } from '../connect/local.ts'
import { readSecret } from '../connect/secret.ts'
import type { ResolvedEstate } from '../core/estate/resolved.ts'
import type { ExitName } from '../core/exit.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import type { StackChange, StackEnd, StackVerb } from '../stacks/engine.ts'
import { type Shell, textOption } from './command.ts'
import { openEstate } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { changeLine, endLines } from './show/stack.ts'
import { refuse } from './told.ts'

/** Has the engine of Pulumi do one thing to the resources of a stack. */
export async function run(shell: Shell): Promise<ExitName> {
  const verb = shell.argv[1] as StackVerb
  const stack = textOption(shell, 'stack')
  if (stack === undefined)
    return refuse(shell, [
      {
        code: 'usage/stack',
        what: 'Name a stack with --stack NAME.',
        expected: 'backup, monitoring, windows',
      },
    ])
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  const { programOf } = await import('../stacks/program.ts')
  const program = programOf(stack, estate.value)
  if (!program.ok) return refuse(shell, program.problems)
  const surroundings = await surroundingsOf(shell, estate.value)
  if (!surroundings.ok) return refuse(shell, surroundings.problems)
  const { engine, env, secrets } = surroundings.value
  const directory = join(estate.value.stateDir, 'stacks', 'project')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { runStack } = await import('../stacks/engine.ts')
  const stopping = new AbortController()
  let isStopped = false
  const ignore = shell.onInterrupt((count) => {
    if (count > 1) return shell.exit('interrupted')
    isStopped = true
    shell.note('The engine finishes what is in flight; once more leaves it at once.')
    // Ctrl-C at a terminal has reached the engine as well, and a second word would end it in the middle of its work.
    if (!shell.terminal.live) stopping.abort()
  })
  const ended = await runStack({
    verb,
    stack,
    program: program.value,
    directory,
    ...(engine === undefined ? {} : { engine }),
    env,
    signal: stopping.signal,
    told: (line) => tell(shell, verb, line),
    lives: async ({ pid, hostname }) => (hostname === shell.machine ? isAlive(pid) : null),
  }).finally(ignore)
  if (ended.ok) return end(shell, { verb, stack, ended: ended.value })
  const problems = ended.problems.map((problem) => ({
    ...problem,
    ...(problem.found === undefined ? {} : { found: without(problem.found, secrets) }),
  }))
  const exit = refuse(shell, problems)
  return isStopped ? 'interrupted' : exit
}

/** A process that was killed and not yet waited for is none. */
async function isAlive(pid: number): Promise<boolean> {
  const { stdout } = await local(['ps', '-o', 'stat=', '-p', String(pid)])
  return /^[^Z\s]/.test(stdout.trim())
}

type Surroundings = {
  readonly engine?: string
  readonly env: Readonly<Record<string, string>>
  /** Values that must never be shown. */
  readonly secrets: readonly string[]
}

/** What the engine needs beside the program: state, passphrase, and the lab's cloud where the estate asks for it. */
async function surroundingsOf(shell: Shell, estate: ResolvedEstate): Promise<Result<Surroundings>> {
  const passphrase = await passphraseOf(shell, estate)
  if (!passphrase.ok) return passphrase
  const state = shell.env['PULUMI_BACKEND_URL']
  const lab = estate.offsite?.lab
  // Rehearsals never touch a state that is not the lab's.
  const isOwn = state === undefined || lab !== undefined
  const own = pathToFileURL(join(estate.stateDir, 'stacks')).href
  const common = { ...passphrase.value.env, PULUMI_BACKEND_URL: isOwn ? own : state }
  if (lab === undefined) return ok({ env: common, secrets: passphrase.value.secrets })
  const cloud = await labCloudAt(lab)
  if (!cloud.ok) return cloud
  const { url, accessKeyId, secretAccessKey, engine, providers } = cloud.value
  return ok({
    engine,
    env: {
      ...common,
      PATH: `${providers}:${shell.env['PATH'] ?? ''}`,
      PULUMI_HOME: join(lab, 'home'),
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    secrets: [...passphrase.value.secrets, secretAccessKey],
  })
}

type Passphrase = { readonly env: Readonly<Record<string, string>>; readonly secrets: readonly string[] }

async function passphraseOf(shell: Shell, estate: ResolvedEstate): Promise<Result<Passphrase>> {
  const reference = estate.offsite?.passphrase
  const name = 'PULUMI_CONFIG_PASSPHRASE'
  if (reference !== undefined) {
    const read = await readSecret(reference, {
      env: shell.env,
      directory: estate.directory,
      learned: () => {},
    })
    return read.ok ? ok({ env: { [name]: read.value }, secrets: [read.value] }) : read
  }
  const said = shell.env[name]
  if (said !== undefined) return ok({ env: { [name]: said }, secrets: said === '' ? [] : [said] })
  const file = shell.env[`${name}_FILE`]
  if (file !== undefined) return ok({ env: { [`${name}_FILE`]: file }, secrets: [] })
  return fail({
    code: 'stack/no-passphrase',
    what: 'There is no passphrase for the secrets in the state of the stack.',
    fix: 'Name it in the estate (offsite: passphrase: { file: PATH }), or set PULUMI_CONFIG_PASSPHRASE.',
  })
}

function without(text: string, secrets: readonly string[]): string {
  return secrets.reduce((said, secret) => said.replaceAll(secret, '[secret]'), text)
}

function tell(shell: Shell, verb: StackVerb, line: StackChange | { readonly warning: string }): void {
  if ('warning' in line) shell.note(line.warning)
  else if (!shell.json) shell.out(changeLine(verb, line))
}

function end(
  shell: Shell,
  { verb, stack, ended }: { readonly verb: StackVerb; readonly stack: string; readonly ended: StackEnd },
): ExitName {
  if (shell.json) shell.out(JSON.stringify({ messageType: 'stack', schemaVersion: 1, verb, stack, ...ended }))
  else for (const line of endLines(verb, stack, ended)) shell.out(line)
  return 'ok'
}

void runAsScript(import.meta.url, 'stack')
