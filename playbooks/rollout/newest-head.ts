import type { Event } from '../../schemas/event.ts'

/** What became of the newest head at each place, from the events; empty before the first one was announced. */
export function newestHead(events: readonly Event[]): readonly {
  readonly place: string
  readonly sequence: number
  readonly time: string
  /** null: announced, and no outcome is recorded. */
  readonly sent: boolean | null
  readonly said: string
}[] {
  const started = events.findLast(({ type }) => type === 'head.started')
  if (started === undefined) return []
  const { sequence, time, data } = started
  const ended = events
    .slice(events.lastIndexOf(started))
    .filter(({ type, data: { sequence: of } }) => type === 'head.ended' && of === sequence)
  return (Array.isArray(data['to']) ? data['to'] : []).map((name) => {
    const place = String(name)
    const end = ended.find(({ subject }) => subject === place)?.data
    const said = typeof end?.['said'] === 'string' ? end['said'] : 'no outcome is recorded'
    return { place, sequence, time, sent: end === undefined ? null : end['sent'] === true, said }
  })
}
