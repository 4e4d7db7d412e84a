import type { Fence } from '../../connect/fence.ts'
import type { Ran } from '../../connect/remote.ts'
import { fail, type Problem, type Result } from '../../schemas/problem.ts'
import type { World } from './context.ts'

const tries = 4

/**
 * Runs a script that only looks, on a host, and wants exit 0; a lost link is tried again over a new connection.
 * Problems: those of the connection, `host/lost`, `host/refused` with the end of what the host said.
 */
export function ask(
  world: World,
  host: string,
  script: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<Result<Ran>> {
  return repeated(world, host, { script, args, timeoutMs })
}

/**
 * The same for a script that may change the host, and may be repeated: it runs unless another controller has taken
 * over. Problems besides: `host/fenced`, `host/fence-busy`.
 */
export function act(
  world: World,
  host: string,
  script: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<Result<Ran>> {
  return repeated(world, host, { script, args, timeoutMs, fence: world.fence })
}

type Question = {
  readonly script: string
  readonly args: readonly string[]
  readonly timeoutMs: number
  readonly fence?: Fence
}

async function repeated(world: World, host: string, question: Question): Promise<Result<Ran>> {
  let lost: Problem | undefined
  for (let attempt = 1; ; attempt += 1) {
    const answer = await once(world, host, question)
    if (answer.ok) return answer
    const code = answer.problems[0]?.code ?? ''
    if (code === 'host/fenced') return answer
    if (code === 'host/lost') lost ??= answer.problems[0]
    const mayPass = ['host/lost', 'host/unreachable', 'host/fence-busy'].includes(code)
    // Not to be let in again says nothing about what an earlier try has done.
    if (!mayPass && code !== 'host/refused' && lost !== undefined) return fail(lost, ...answer.problems)
    if (!mayPass || attempt >= tries) return answer
    await world.sleep(500 * 2 ** attempt)
  }
}

async function once(world: World, name: string, { script, ...o }: Question): Promise<Result<Ran>> {
  const host = await world.host(name)
  if (!host.ok) return host
  const ran = await host.value.run(script, { root: true, ...o })
  if (!ran.ok) return ran
  if (ran.value.code === 0) return ran
  if (ran.value.code === null) {
    return fail({ code: 'host/lost', what: 'The link was lost before the host answered.', where: name })
  }
  const found = `${ran.value.stdout}${ran.value.stderr}`.trim().slice(-600)
  return fail({
    code: 'host/refused',
    what: `A command ended with exit status ${ran.value.code}.`,
    where: name,
    found,
    fix: 'Look at the host; the command may be repeated.',
  })
}
