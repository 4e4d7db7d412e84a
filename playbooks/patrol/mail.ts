import { sendMail } from '../../connect/mail.ts'
import { digestOf } from '../../core/digest.ts'
import type { ResolvedEstate, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { Problem } from '../../schemas/problem.ts'
import { openOf, levelOfAll, type Report, worstSystemFirst } from '../report/figures.ts'
import { titleIn } from '../report/titles.ts'
import { allowedText, seenText, timeText } from '../report/values.ts'
import { type Language, wordsOf } from '../report/words.ts'
import { lazySecret, type Secrets } from '../rollout/targets.ts'

/** More findings are in the report that lies beside. */
const mostLines = 40
/** Mails on their way to the server beside each other: one that does not answer holds each up for seconds. */
const atOnce = 5

/** Addresses of who looks after a system: its owner and its engineers, each once. */
export function administrators({ owner, engineers }: ResolvedSystem): readonly string[] {
  const contacts = [owner, engineers.businessSystem, engineers.database, engineers.network]
  return [...new Set(contacts.flatMap((one) => (one?.mail === undefined ? [] : [one.mail])))]
}

/**
 * Mails each administrator one report of all their systems; the problems of what was not taken. An inspection has the same
 * name in each try, so that a server that got it twice keeps one.
 */
export async function mailReports(
  report: Report,
  o: {
    readonly estate: ResolvedEstate
    readonly secrets: Secrets
    readonly language: Language
    readonly page: (report: Report, language: Language) => string
  },
): Promise<readonly Problem[]> {
  const { estate, language, page } = o
  const server = estate.mail
  if (server === undefined) return [noServer]
  const secret = server.password === undefined ? undefined : await lazySecret(server.password, o.secrets)()
  if (secret !== undefined && !secret.ok) return secret.problems
  const send = async ([address, systems]: readonly [string, Report['systems']]): Promise<
    readonly Problem[]
  > => {
    const theirs = { ...report, systems }
    const sent = await sendMail({
      smtp: server.smtp,
      from: server.from,
      ...(server.user === undefined || secret === undefined
        ? {}
        : { logIn: { user: server.user, password: secret.value } }),
      to: [address],
      subject: subjectOf(theirs, language),
      text: textOf(theirs, language),
      attachment: {
        name: `health-${estate.name}-${timeText(Date.parse(report.time), report.timeZone).slice(0, 10)}.html`,
        type: 'text/html; charset=utf-8',
        content: page(theirs, language),
      },
      messageId: `<patrol.${report.time.replaceAll(/[^0-9]/g, '')}.${digestOf(address).slice(-16)}@upkeep.${estate.name}>`,
    })
    return sent.ok ? [] : sent.problems
  }
  const problems: Problem[] = []
  const mails = [...byAddress(report.systems)]
  for (let at = 0; at < mails.length; at += atOnce)
    problems.push(...(await Promise.all(mails.slice(at, at + atOnce).map(send))).flat())
  const without = report.systems.filter(({ system }) => administrators(system).length === 0)
  return [...problems, ...without.map(({ system }) => noAddress(system.name))]
}

function byAddress(systems: Report['systems']): ReadonlyMap<string, Report['systems']> {
  const found = new Map<string, Report['systems']>()
  for (const one of systems)
    for (const address of administrators(one.system)) found.set(address, [...(found.get(address) ?? []), one])
  return found
}

function subjectOf({ systems, estate }: Report, language: Language): string {
  return `${estate}: ${wordsOf(language).title}: ${verdictOf(systems, language)}`
}

function textOf({ systems, time, timeZone }: Report, language: Language): string {
  const words = wordsOf(language)
  const nowMs = Date.parse(time)
  const lines = systems.toSorted(worstSystemFirst).flatMap((one) => [
    '',
    `${one.system.title}: ${words.level[one.level]}`,
    ...openOf(one).map((finding) => {
      const seen = [seenText(finding, one.system, words), allowedText(finding, one.system, words)]
      const figures = seen.filter((text) => text !== '').join(', ')
      const state = finding.state === 'new' ? `, ${words.state.new}` : ''
      return `  ${words.level[finding.level]}  ${finding.host}  ${titleIn(language, finding)} ${figures} ${finding.said}`
        .trimEnd()
        .concat(state)
    }),
  ])
  const more = lines.length - mostLines
  return [
    verdictOf(systems, language),
    words.inspected(`${timeText(nowMs, timeZone)} (${timeZone})`),
    ...lines.slice(0, mostLines),
    ...(more > 0 ? ['', words.andMore(more)] : []),
    '',
  ].join('\n')
}

function verdictOf(systems: Report['systems'], language: Language): string {
  const words = wordsOf(language)
  const level = levelOfAll(systems)
  if (level === 'ok') return words.verdict.ok
  return words.verdict[level](systems.filter((one) => one.level === level).length, systems.length)
}

const noServer: Problem = {
  code: 'patrol/no-mail-server',
  what: 'The estate names no mail server, so no report was sent.',
  fix: 'Add "mail:" with smtp and from to the estate.',
}

function noAddress(system: string): Problem {
  return {
    code: 'patrol/no-address',
    what: `Nobody gets the report of ${system}: neither its owner nor an engineer has an address.`,
    fix: 'Add "mail:" to a contact of the system.',
  }
}
