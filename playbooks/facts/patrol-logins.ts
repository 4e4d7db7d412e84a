import { type Figure, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import type { PatrolMemory } from '../../schemas/patrol-memory.ts'
import type { Answer } from './answer.ts'
import { count, lines } from './patrol-section.ts'

type Logins = NonNullable<PatrolMemory['logins']>

/** Failures from one address before a log-in from there; fewer are a person who mistypes. */
const manyFailures = 5
const mostUsers = 200
const mostAddresses = 30
const mostFigures = 50
const ofLogins: readonly PatrolItem[] = [
  'rootLogins',
  'loginsAfterFailures',
  'newAddresses',
  'disabledAccounts',
  'unknownAccounts',
]
const form =
  /^(?:until (?<until>\d{9,12}) (?<source>journal|log)|from (?<from>\d{9,12})|in (?<times>\d{1,9}) (?<method>\S{1,40}) (?<user>\S{1,100}) (?<address>\S{1,60}) (?<failures>\d{1,9})|more (?<more>\d{1,9})|not (?<refused>\d{1,9}) (?<account>\S{1,100})|unknown (?<strange>\d{1,9}) (?<example>.{1,200})|(?<failed>failed))$/

/** Log-ins by SSH since the last inspection that look wrong, and whence users logged in so far. */
export function readLogins(
  answer: Answer,
  last: PatrolMemory | undefined,
): { readonly figures: readonly Figure[]; readonly logins: Logins | undefined } {
  const before = last?.logins
  const { rows, why } = lines(answer, 'logins', form)
  const until = count(rows.find((row) => row['until'] !== undefined)?.['until'])
  const lost = lostSince(rows, before)
  const failed = rows.some((row) => row['failed'] !== undefined) ? 'the journal could not be read' : null
  const blind = why ?? failed ?? (Number.isNaN(until) ? 'the host keeps no log of them that is known' : null)
  // Nothing is skipped: the next inspection begins where the last good one ended.
  if (blind !== null) return { figures: ofLogins.map((item) => unknownFigure(item, blind)), logins: before }
  const known = new Map(
    Object.entries(before?.addresses ?? {}).map(([user, of]) => [user, [...of]] as [string, string[]]),
  )
  const found: Figure[] = []
  for (const {
    times,
    method = '',
    user = '',
    address = '',
    failures,
    account,
    refused,
    strange,
    example,
  } of rows) {
    if (times !== undefined) {
      const of = `${user} from ${address}`
      const isPassword = method === 'password' || method.startsWith('keyboard-interactive')
      if (user === 'root' && isPassword)
        found.push(seenFigure('rootLogins', count(times), { of, said: method }))
      if (count(failures) >= manyFailures)
        found.push(
          seenFigure('loginsAfterFailures', 1, { of, said: `after ${failures} failures, by ${method}` }),
        )
      const addresses: readonly string[] = known.get(user) ?? []
      // The first inspection of a host only learns.
      if (before !== undefined && !addresses.includes(address))
        found.push(seenFigure('newAddresses', 1, { of, said: `by ${method}` }))
      known.set(user, [...addresses.filter((one) => one !== address), address].slice(-mostAddresses))
    }
    if (account !== undefined)
      found.push(seenFigure('disabledAccounts', count(refused), { of: account, said: `${refused} tries` }))
    if (strange !== undefined)
      found.push(seenFigure('unknownAccounts', count(strange), { said: `${strange}, the last ${example}` }))
  }
  const more = rows.some((row) => row['more'] !== undefined) ? 'more log-ins than are read' : null
  return {
    figures: [
      ...bounded(found),
      // Of what did not happen there is one figure: it was looked at.
      ...ofLogins
        .filter((item) => !found.some((one) => one.item === item))
        .map((item) => seenFigure(item, 0)),
      ...((lost ?? more) === null ? [] : ofLogins.map((item) => unknownFigure(item, lost ?? more ?? ''))),
    ],
    logins: { untilS: until, addresses: Object.fromEntries([...known].slice(-mostUsers)) },
  }
}

/** Why not all since the last inspection could be read: the journal begins later than that ended. */
function lostSince(
  rows: readonly Readonly<Record<string, string>>[],
  before: Logins | undefined,
): string | null {
  const from = count(rows.find((row) => row['from'] !== undefined)?.['from'])
  if (before === undefined || Number.isNaN(from) || from <= before.untilS + 60) return null
  return `the journal begins at ${new Date(from * 1000).toISOString()}, after the last inspection`
}

function bounded(found: readonly Figure[]): readonly Figure[] {
  return ofLogins.flatMap((item) => {
    const of = found.filter((one) => one.item === item)
    const cut =
      of.length > mostFigures ? [unknownFigure(item, `${of.length} of them, more than are told`)] : []
    return [...of.slice(0, mostFigures), ...cut]
  })
}
