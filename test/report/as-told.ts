import type { Figure } from '../../core/patrol/figure.ts'
import type { Sample } from './sample.ts'

/** A system of the sample whose hosts say all that they say otherwise. */
export function asTold(one: Sample, told: (text: string) => string): Sample {
  const text = (said: string) => (said === '' ? '' : told(said))
  const figure = (one: Figure): Figure => ({
    ...one,
    of: text(one.of),
    ...('said' in one ? { said: text(one.said ?? '') } : {}),
  })
  const byKey = <T>(
    of: Readonly<Record<string, T>>,
    change: (key: string, value: T) => readonly [string, T],
  ) => Object.fromEntries(Object.entries(of).map(([key, value]) => change(key, value)))
  return {
    ...one,
    hosts: byKey(one.hosts, (host, figures) => [host, figures?.map(figure) ?? null]),
    functions: one.functions?.map(figure) ?? [],
    open: (one.open ?? []).map((finding) => ({ ...finding, of: text(finding.of) })),
    history: byKey(one.history ?? {}, (host, histories) => [
      host,
      byKey(histories ?? {}, (key, days) => [told(key), days]),
    ]),
  }
}
