import type { RunPorts } from '../../core/run/execute.ts'
import type { RolloutEvent, Told } from '../../core/run/events.ts'
import type { Hosts } from './hosts.ts'
import type { Scenario } from './scenario.ts'
import type { Watch } from './watch.ts'

/** What outlives every controller: the time, what is on disk, and how many events were written. */
export type Estate = { clockMs: number; readonly journal: Told[] }

/** A controller that was ended from outside. */
export const gone = new Error('this controller is gone')

/** The ends that a controller can meet, and what else may befall it, at which of its events. */
type Fate = {
  readonly end: 'killed-before' | 'killed-after' | 'journal' | 'lease' | null
  readonly endsAt: number
  readonly jumpsAt: number
  readonly jumpMs: number
  readonly interruptedAt: number
}

/** The ports of one controller over the estate; its fate is drawn by the chances of the scenario. */
export function controllerPorts(
  scenario: Scenario,
  estate: Estate,
  hosts: Hosts,
  watch: Watch,
  random: () => number,
): RunPorts {
  const fate = fateOf(scenario, random)
  let told = 0
  let isGone = false

  function end(): never {
    isGone = true
    watch.goes()
    throw gone
  }

  function write(event: RolloutEvent): Told {
    // Through the bytes of a journal, which keep nothing but what is written.
    const written = { ...(JSON.parse(JSON.stringify(event)) as RolloutEvent), timeMs: estate.clockMs }
    estate.journal.push(written)
    watch.written(written)
    return written
  }

  async function tell(event: RolloutEvent): Promise<Told> {
    if (isGone) throw gone
    told += 1
    if (told === fate.jumpsAt) estate.clockMs += fate.jumpMs
    const isLast = told === fate.endsAt && fate.end !== 'lease'
    if (isLast && fate.end === 'killed-before') end()
    // A write that failed may be on disk for all that: nobody knows before it is read again.
    if (isLast && fate.end === 'journal' && random() < 0.5) end()
    const written = write(event)
    if (isLast) end()
    // As on a disk, one event takes longer than another.
    for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await Promise.resolve()
    if (isGone) throw gone
    return written
  }

  return {
    now: () => estate.clockMs,
    asked: async () => [],
    tell,
    async perform(host, step, { resume }) {
      if (isGone) throw gone
      const ms = Math.floor(random() * 60_000)
      estate.clockMs += ms
      const outcome = hosts.perform(host, step, resume)
      for (let turns = Math.floor(random() * 3); turns > 0; turns -= 1) await Promise.resolve()
      return { outcome, ms, said: outcome }
    },
    async askBackup() {
      watch.asksBackup()
      estate.clockMs += Math.floor(random() ** 4 * 15 * 60_000)
      const now = estate.clockMs
      if (random() >= scenario.badBackup)
        return { timeMs: now - Math.floor(random() * 20 * 3_600_000), said: 'good' }
      if (random() < 0.3) return { timeMs: null, said: 'no answer' }
      return { timeMs: now + (random() < 0.3 ? 3_600_000 : -48 * 3_600_000), said: 'not good' }
    },
    async mail(kind) {
      watch.mails(kind)
      return random() < scenario.mailFails ? { sent: false, said: 'refused' } : { sent: true, said: 'sent' }
    },
    mailTo: ['owner'],
    window: scenario.window,
    stopping: () => told >= fate.interruptedAt,
    async leaseHeld() {
      if (isGone || fate.end !== 'lease' || told < fate.endsAt) return null
      isGone = true
      watch.goes()
      return { code: 'lease/lost', what: 'Another controller has taken over.' }
    },
  }
}

function fateOf(scenario: Scenario, random: () => number): Fate {
  const ends = ['killed-before', 'killed-after', 'journal', 'lease'] as const
  const at = (share: number) => (random() < share ? 1 + Math.floor(random() * random() * 250) : Infinity)
  return {
    endsAt: at(scenario.ends),
    end: ends[Math.floor(random() * ends.length)] ?? 'lease',
    jumpsAt: at(scenario.jumps),
    // Mostly minutes, seldom a day.
    jumpMs: Math.floor((random() - 0.5) * 2 * 86_400_000 * random() ** 3),
    interruptedAt: at(scenario.interrupts),
  }
}
