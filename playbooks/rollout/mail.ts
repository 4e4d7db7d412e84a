import { sendMail } from '../../connect/mail.ts'
import { durationText } from '../../core/duration.ts'
import type { ResolvedEstate, ResolvedSystem } from '../../core/estate/resolved.ts'
import { soakOf } from '../../core/gate/soak.ts'
import { movedSchemas } from '../../core/run/moved.ts'
import type { MailKind } from '../../core/run/next.ts'
import { type RolloutState, unknownStep } from '../../core/run/state.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { conffileLines, conffilesOf } from '../show/conffiles.ts'
import { movedLines } from '../show/moved.ts'
import { when, zoneOf } from '../show/when.ts'
import { byHand } from './by-hand.ts'
import { snapshotsOf } from './world.ts'
import { lazySecret, type Secrets } from './targets.ts'

/** Owner and liaison, as far as the estate knows their addresses. */
export function recipients(system: ResolvedSystem): readonly string[] {
  return [system.owner, system.liaison].flatMap((contact) =>
    contact?.mail === undefined ? [] : [contact.mail],
  )
}

/** Mails owner and liaison; a mail that fails is said, and stops nothing. */
export async function mailAbout(
  kind: MailKind,
  o: {
    readonly estate: ResolvedEstate
    readonly system: ResolvedSystem
    readonly plan: PatchPlan
    readonly state: RolloutState
    readonly nextOpenMs: number | null
    readonly secrets: Secrets
  },
): Promise<{ readonly sent: boolean; readonly said: string }> {
  const { estate, system, plan } = o
  const to = recipients(system)
  if (estate.mail === undefined) return { sent: false, said: 'the estate names no mail server' }
  if (to.length === 0) return { sent: false, said: 'owner and liaison have no address in the estate' }
  const { user, password } = estate.mail
  const secret = password === undefined ? undefined : await lazySecret(password, o.secrets)()
  if (secret !== undefined && !secret.ok) return { sent: false, said: secret.problems[0]?.what ?? '' }
  const sent = await sendMail({
    smtp: estate.mail.smtp,
    ...(user === undefined || secret === undefined ? {} : { logIn: { user, password: secret.value } }),
    from: estate.mail.from,
    to,
    subject: subjectOf(kind, o),
    text: textOf(kind, o),
    messageId: `<${plan.id}.${kind}.${tellingOf(kind, o)}@upkeep.${estate.name}>`,
  })
  if (!sent.ok) {
    return {
      sent: false,
      said: sent.problems.map((problem) => `${problem.what} ${problem.found ?? ''}`).join('; '),
    }
  }
  const { refused } = sent.value
  if (refused.length === 0) return { sent: true, said: to.join(', ') }
  const accepted = to.filter((address) => !refused.includes(address))
  return {
    sent: false,
    said: `accepted for ${accepted.join(', ') || 'nobody'}; refused: ${refused.join(', ')}`,
  }
}

type About = Parameters<typeof mailAbout>[1]

/** What tells this mail from an earlier one of its kind: a server keeps one of two with the same name. */
function tellingOf(kind: MailKind, { plan, state }: About): string {
  if (kind !== 'unknown') return state.outcome ?? 'due'
  return unknownHosts(plan, state)
    .map(({ host, step }) => `${host}.${step}`)
    .join('.')
    .slice(0, 200)
}

function unknownHosts(
  plan: PatchPlan,
  state: RolloutState,
): readonly { readonly host: string; readonly step: string; readonly said: string }[] {
  return plan.hosts.flatMap(({ host }) => {
    const now = state.hosts[host]
    const step = now === undefined || now.phase === 'ended' ? undefined : unknownStep(now)
    return step === undefined ? [] : [{ host, step, said: now?.ended[step]?.said ?? '' }]
  })
}

function subjectOf(kind: MailKind, { system, plan, state }: About): string {
  const what = `${system.title}: patches ${plan.id}`
  if (kind === 'before') return `${what} are due in production`
  if (kind === 'sooner') return `${what} are due in production SOONER than told`
  if (kind === 'unknown') {
    const hosts = unknownHosts(plan, state).map(({ host }) => host)
    return `${hosts.join(', ')} UNKNOWN, nothing more is begun: ${what}`
  }
  const stuck = plan.hosts.map(({ host }) => host).filter((host) => state.hosts[host]?.outcome === 'stuck')
  if (kind === 'stopped' && stuck.length > 0)
    return `${stuck.join(', ')} STUCK, a person must act now: ${what} STOPPED`
  if (kind === 'stopped') return `${what} STOPPED`
  return `${what} ${state.outcome === 'rolled-back' ? 'were taken back' : 'are done'}`
}

function textOf(kind: MailKind, about: About): string {
  const { plan } = about
  const lines = kind === 'unknown' ? unknownLines(about) : linesOf(kind, about)
  const packages = [
    ...new Set(
      plan.hosts.flatMap((host) =>
        host.packages.map((one) => `${one.name} ${one.fromVersion ?? '-'} -> ${one.to.version}`),
      ),
    ),
  ]
  return [...lines, '', `Packages (${packages.length}):`, ...packages.map((one) => `  ${one}`), ''].join('\n')
}

function unknownLines({ plan, state, system }: About): readonly string[] {
  return [
    `Nobody knows how these steps of rollout ${plan.id} of ${system.title} ended, so no further host is begun:`,
    '',
    ...unknownHosts(plan, state).map(({ host, step, said }) => `${host.padEnd(20)} ${step}: ${said}`),
    '',
    'What to do:',
    '  upkeep resume        asks the host again, and goes on once it answers',
    '  upkeep settle HOST --as done|undone --reason TEXT    when you have looked and know better',
    'Until then the host may be without traffic: upkeep patch status shows where it stands.',
  ]
}

function linesOf(kind: MailKind, { estate, system, plan, state, nextOpenMs }: About): readonly string[] {
  const production = plan.hosts.filter((host) => host.ring === 'production' && host.packages.length > 0)
  return kind === 'before' || kind === 'sooner'
    ? [
        kind === 'before'
          ? `The patches of rollout ${plan.id} passed on the test hosts, were taken back there once each way, and put in again.`
          : `The patches of rollout ${plan.id} go to production sooner than the mail before this one said.`,
        ...shortened(state),
        ...movedLines(movedSchemas(plan, state)),
        '',
        `Production: ${production.map((host) => host.host).join(', ')}`,
        `Earliest start: ${nextOpenMs === null ? 'no opening in sight' : when(nextOpenMs, zoneOf(estate, system.name))}`,
        `Lead time: ${durationText(plan.policy.noticeMs)}; soak: ${durationText(soakOf(plan, state))}`,
        '',
        'To stop it, tell the engineers before the start.',
      ]
    : [
        `Rollout ${plan.id} of ${system.title} ended: ${state.outcome ?? ''}.`,
        state.said,
        ...shortened(state),
        '',
        ...plan.hosts.map((host) => {
          const { outcome, said } = state.hosts[host.host] ?? { outcome: null, said: '' }
          return `${host.host.padEnd(20)} ${(outcome ?? 'not started').padEnd(10)} ${said}`
        }),
        ...plan.hosts.flatMap(({ host }) => {
          const lines = conffileLines(conffilesOf(state.hosts[host]))
          return lines.length === 0 ? [] : ['', host, ...lines.map((line) => `  ${line}`)]
        }),
        '',
        ...plan.hosts.flatMap(({ host }) => {
          const lines = byHand(plan, host, state, snapshotsOf(system))
          return lines.length === 0 ? [] : [...lines, '']
        }),
        kind === 'stopped' ? 'What had begun was undone unless a host is called stuck above.' : '',
      ]
}

/** Who shortened the soak and why, and whether another person has reviewed that; nothing when nobody did. */
function shortened({ shortened: short }: RolloutState): readonly string[] {
  if (short === null) return []
  const review =
    short.reviewed === null
      ? 'Not reviewed yet by another person.'
      : `Reviewed by ${short.reviewed.by}: ${short.reviewed.reason}`
  return [`The soak was shortened by ${short.by}: ${short.reason}`, review]
}
