import { durationText } from '../duration.ts'
import { type Asked, freezesOf, type Opening, openings } from './opening.ts'
import { instantText } from './wall-clock.ts'

const dayMs = 86_400_000
/** How far ahead the next opening is looked for, in days. */
const horizonDays = 60

/** What `windowVerdict` is asked; a system without window never opens. */
export type WindowQuestion = Omit<Asked, 'window'> & {
  readonly window: Asked['window'] | undefined
  readonly nowMs: number
}

/** Whether a host may start now, until when, or why not and when next (null: not within 60 days); `text` says so to people. */
export type WindowVerdict =
  | { readonly open: true; readonly endsMs: number; readonly latestStartMs: number; readonly text: string }
  | {
      readonly open: false
      readonly why: 'no-window' | 'freeze' | 'closed' | 'too-late' | 'too-short'
      readonly nextOpenMs: number | null
      readonly text: string
    }

/**
 * Judges whether a host may start at `nowMs`: inside the window, outside every freeze, and early enough to be finished and
 * rolled back (`needMs`) before the window ends or a freeze begins. A start at exactly `latestStartMs` is allowed.
 */
export function windowVerdict(question: WindowQuestion): WindowVerdict {
  const { window, nowMs, system } = question
  if (window === undefined) {
    return { open: false, why: 'no-window', nextOpenMs: null, text: `${system} has no window.` }
  }
  const asked = { ...question, window }
  const now = openings(asked, nowMs, nowMs).find(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs)
  if (now !== undefined && nowMs <= now.latestStartMs) {
    const { latestStartMs, toMs: endsMs } = now
    const text = `Window "${window.name}" is open until ${instantText(endsMs, window.timeZone)}.`
    return { open: true, endsMs, latestStartMs, text }
  }
  const nextOpenMs = nextOpening(asked, nowMs)
  const next =
    nextOpenMs === null
      ? `No start is possible in the next ${horizonDays} days; a host needs ${durationText(question.needMs)}.`
      : `The next start is possible ${instantText(nextOpenMs, window.timeZone)}.`
  const { why, text } = reason(asked, nowMs, now)
  return { open: false, why, nextOpenMs, text: `${text} ${next}` }
}

/** The first instant, from `fromMs` on and within `horizonMs`, at which a host may start; null when there is none. */
export function nextOpening(asked: Asked, fromMs: number, horizonMs = horizonDays * dayMs): number | null {
  const last = fromMs + horizonMs
  for (const opening of openings(asked, fromMs, last)) {
    const start = Math.max(opening.fromMs, fromMs)
    if (start <= opening.latestStartMs && start <= last) return start
  }
  return null
}

type Reason = { readonly why: 'freeze' | 'closed' | 'too-late' | 'too-short'; readonly text: string }

function reason(asked: Asked, nowMs: number, now: Opening | undefined): Reason {
  const { window, needMs } = asked
  const freeze = freezesOf(asked).find(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs)
  if (freeze !== undefined) {
    const until = instantText(freeze.toMs, window.timeZone)
    return { why: 'freeze', text: `The freeze "${freeze.name}" lasts until ${until}.` }
  }
  if (now === undefined) return { why: 'closed', text: `Window "${window.name}" is closed.` }
  const end = now.endedBy === 'window' ? `window "${window.name}"` : `freeze "${now.endedBy.name}"`
  const verb = now.endedBy === 'window' ? 'ends' : 'begins'
  const room = `The ${end} ${verb} ${instantText(now.toMs, window.timeZone)}, and a host`
  if (now.latestStartMs < now.fromMs) {
    const whole = durationText(now.toMs - now.fromMs)
    return {
      why: 'too-short',
      text: `${room} needs ${durationText(needMs)}, more than the ${whole} before it.`,
    }
  }
  const latest = instantText(now.latestStartMs, window.timeZone)
  return { why: 'too-late', text: `${room} may start until ${latest} at the latest.` }
}
