import type { Host } from '../../connect/remote.ts'
import { sanitise } from '../../connect/text.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import { packagesOf } from '../packages/of-host.ts'
import { act, ask } from './ask.ts'
import { done, type Ended, failed, type Performing, unknown, type World } from './context.ts'
import { armGuard, confirmGuard, wentBack } from './guard.ts'
import { shortReasons } from './said.ts'
import { unitName } from './script.ts'

/** Marks on the host, before the reboot, which boot it was in: a later controller must not reboot it again. */
const markScript = `
set -eu
mark=/var/lib/upkeep/$1.boot
mkdir -p /var/lib/upkeep
[ -e "$mark" ] || { cat /proc/sys/kernel/random/boot_id >"$mark.new"; sync "$mark.new"; mv "$mark.new" "$mark"; }
sync -f "$mark"
cat "$mark" /proc/sys/kernel/random/boot_id
`

const readMark = `cat "/var/lib/upkeep/$1.boot" 2>/dev/null || echo none`

// Detached, so that the answer leaves the host before its network goes; asked again after a lost answer, a host that
// has booted meanwhile is left alone.
const rebootScript = `
[ "$(cat /proc/sys/kernel/random/boot_id)" = "$1" ] || exit 0
exec systemd-run --quiet --on-active=1 systemctl reboot
`

/** A host that does not come up within this (ms) is not waited for any longer. */
const upMs = 240_000

/** Reboots once if something still needs it, and believes it only from a boot id that was read and differs. */
export async function rebootWhenNeeded(performing: Performing): Promise<Ended> {
  const { world, planned, step, context } = performing
  const unit = unitName(context.rollout, step.id)
  const marked = await ask(world, planned.host, readMark, [unit], 60_000)
  if (!marked.ok) return failed(marked.problems)
  let why: readonly string[] = ['already asked for']
  if (marked.value.stdout.trim() === 'none') {
    const host = await world.host(planned.host)
    if (!host.ok) return failed(host.problems)
    const stale = await packagesOf(planned).facts.stale(host.value)
    if (!stale.ok) return failed(stale.problems)
    if (!stale.value.reboot.needed) return { outcome: 'unchanged', said: 'no reboot needed' }
    why = stale.value.reboot.why
  }
  const armed = await armGuard(performing, null)
  if (!armed.ok) return failed(armed.problems)
  if (typeof armed.value === 'object')
    return (
      (await confirmed(performing, null)) ??
      unknown('the host was going back by itself, and nothing tells how that ended')
    )
  const mark = await act(world, planned.host, markScript, [unit], 60_000)
  if (!mark.ok) return failed(mark.problems)
  const [before = '', now = ''] = mark.value.stdout.split('\n')
  if (before === now) {
    const asked = await act(world, planned.host, rebootScript, [before], 60_000)
    if (!asked.ok) return failed(asked.problems)
  }
  const unconfirmed = await confirmed(performing, before)
  if (unconfirmed !== null) return unconfirmed
  const up = await waitUntilUp(world, planned.host, before, upMs)
  return up.ok
    ? done(`rebooted: ${sanitise(shortReasons(why), 600)}`, { bootId: up.value })
    : failed(up.problems)
}

/** Confirms the guard of the reboot, if there is one; else how the step ended, for the host went back or never came up. */
async function confirmed(performing: Performing, before: string | null): Promise<Ended | null> {
  const said = await confirmGuard(performing, upMs + 60_000, before)
  if (said.ok)
    return typeof said.value === 'object' ? failed([wentBack(performing, said.value.wentBack)]) : null
  const [problem] = said.problems
  if (problem?.code === 'host/fenced') return failed(said.problems)
  return failed([notUp(performing.planned.host, problem?.what ?? 'no new login came to be')])
}

const upScript = `cat /proc/sys/kernel/random/boot_id; systemctl is-system-running --wait`

/** Waits until the host has booted (another boot than `notBootId`) and its units have started; gives the boot id. */
export async function waitUntilUp(
  world: World,
  name: string,
  notBootId: string | null,
  limitMs: number,
): Promise<Result<string>> {
  const endMs = world.now() + Math.min(limitMs, upMs)
  let last = 'no connection'
  while (world.now() < endMs) {
    const host = await world.host(name)
    const said: Result<string> = host.ok ? await bootOf(host.value) : host
    if (said.ok && said.value !== notBootId) return said
    last = said.ok ? 'it is still in the boot from before' : (said.problems[0]?.what ?? last)
    if (!said.ok && said.problems.some((problem) => problem.code.startsWith('host/key-'))) return said
    await world.sleep(400)
  }
  return fail(notUp(name, last))
}

function notUp(host: string, found: string): Problem {
  return {
    code: 'host/not-up',
    what: 'The host did not come up again.',
    where: host,
    found,
    fix: 'Look at its console.',
  }
}

async function bootOf(host: Host): Promise<Result<string>> {
  const ran = await host.run(upScript, { root: true, timeoutMs: 60_000 })
  if (!ran.ok) return ran
  const [bootId = '', state = ''] = ran.value.stdout.split('\n')
  if (/^[0-9a-f-]{36}$/.test(bootId) && ['running', 'degraded'].includes(state.trim())) return ok(bootId)
  return fail({
    code: 'host/not-up',
    what: `The host is ${state.trim() || 'not answering'}.`,
    where: host.name,
  })
}
