import { servedCertificate } from '../../connect/certificate.ts'
import { eachAtMost } from '../../connect/limit.ts'
import { type ProbeAnswer, runProbe } from '../../connect/probe.ts'
import { forHost } from '../../core/estate/for-host.ts'
import { redactor } from '../../core/journal/redact.ts'
import type { NamedProbe, ResolvedSystem } from '../../core/estate/resolved.ts'
import { type Figure, type Look, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import { certificateFigure } from '../facts/patrol-certificates.ts'
import { asTold } from '../facts/patrol-told.ts'
import { toProbe } from '../rollout/probe.ts'
import type { Secrets } from '../rollout/targets.ts'

const rings = ['test', 'production'] as const
const servedMs = 5_000
const servedAtOnce = 8

/** What is exercised from the controller: how, and the clock. */
export type Exercising = { readonly secrets: Secrets; readonly now: () => number }

/**
 * Exercises the business functions of a system from the controller, as a rollout does: the probes of each of its rings that
 * need no host, one after the other, so that they do not slow each other; and looks at the certificates that are served.
 */
export async function exercise(system: ResolvedSystem, o: Exercising): Promise<readonly Look[]> {
  const looks = await Promise.all(rings.map((ring) => exerciseRing(system, ring, o)))
  return looks.flatMap((look) => (look === null ? [] : [look]))
}

async function exerciseRing(
  system: ResolvedSystem,
  ring: (typeof rings)[number],
  { secrets, now }: Exercising,
): Promise<Look | null> {
  const probes = system.probes[ring].filter(isOurs)
  const places = served(system, ring)
  if (probes.length === 0 && places.length === 0) return null
  const learned = redactor([])
  const ours: Secrets = {
    ...secrets,
    learned(value) {
      learned.add(value)
      secrets.learned(value)
    },
  }
  const certificates = eachAtMost(servedAtOnce, places, (url) => ofPlace(url, now))
  const figures: Figure[] = []
  for (const probe of probes) {
    const context = {
      host: () => {
        throw new Error('a probe from the controller asks no host')
      },
      now,
    }
    const answer = await runProbe(toProbe(probe, ours), context)
    figures.push(...ofProbe({ ...answer, said: String(learned.redact(answer.said)) }))
  }
  figures.push(...(await certificates).map(([, figure]) => figure))
  return {
    host: `${system.name}/${ring}`,
    figures: asTold(figures, []),
    scope: 'unknown',
    uptimeS: null,
    memory: { bootId: null, oomKills: null },
  }
}

function isOurs(probe: NamedProbe): boolean {
  return probe.kind === 'tryton' || ('from' in probe && probe.from === 'controller')
}

function ofProbe({ name, outcome, ms, said, steps }: ProbeAnswer): readonly Figure[] {
  const times = steps.map((step) => seenFigure('stepTimes', step.ms / 1000, { of: `${name}: ${step.name}` }))
  if (outcome === 'unknown') return [unknownFigure('functions', said, name), ...times]
  const bad = outcome === 'bad'
  return [
    seenFigure('functions', bad ? 1 : 0, { of: name, said: bad ? said : `${said}, ${ms} ms` }),
    // What has no steps is one.
    ...(times.length > 0 || bad ? slowest(times) : [seenFigure('stepTimes', ms / 1000, { of: name })]),
  ]
}

/** The same exchange is made twice by some functions: of each name the slower one. */
function slowest(times: readonly Figure[]): readonly Figure[] {
  const worst = new Map<string, Figure>()
  for (const one of times) {
    const known = worst.get(one.of)
    const isSlower = known?.state !== 'seen' || (one.state === 'seen' && one.value > known.value)
    if (isSlower) worst.set(one.of, one)
  }
  return [...worst.values()]
}

/** Places (host:port) whose probes are asked over https. */
function served(system: ResolvedSystem, ring: (typeof rings)[number]): readonly URL[] {
  const ofRoles = system.hosts
    .filter((host) => host.ring === ring)
    .flatMap((host) =>
      host.roles
        .flatMap((role) => system.roles[role]?.probes ?? [])
        .map((probe) => forHost(probe, host.name, host.connection.address)),
    )
  const urls = [...system.probes[ring], ...ofRoles].flatMap((probe) => {
    const url = 'url' in probe ? URL.parse(probe.url) : null
    return url?.protocol === 'https:' ? [url] : []
  })
  return [...new Map(urls.map((url) => [url.host, url])).values()]
}

async function ofPlace(url: URL, now: () => number): Promise<Figure> {
  const of = url.host
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const got = await servedCertificate(host, url.port === '' ? 443 : Number(url.port), servedMs)
  return got.ok
    ? certificateFigure(of, got.value, now())
    : unknownFigure('certificates', got.problems[0]?.found ?? 'no answer', of)
}
