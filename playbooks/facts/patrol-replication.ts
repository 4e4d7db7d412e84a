import { type Figure, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { WantedEngine } from './patrol-postgresql.ts'
import { numberOf, type Row, rowsOf, textOf } from './patrol-rows.ts'

const mb = 1e6

/** Whether replication of a PostgreSQL goes on, by how much it is behind, and how much log slots keep. */
export function readReplication(
  parts: ReadonlyMap<string, Row>,
  { of, wanted }: { readonly of: string; readonly wanted: WantedEngine | undefined },
): readonly Figure[] {
  const isStandby = parts.get('engine')?.['recovery'] === true
  return [
    ...(isStandby ? standby(parts.get('receiver'), of) : primary(parts.get('standbys'), of, wanted)),
    ...(wanted === undefined || isStandby === (wanted.part === 'standby')
      ? []
      : [
          seenFigure('replication', 1, {
            of: `${of} part`,
            said: `the estate has it as ${wanted.part}, it is ${isStandby ? 'a standby' : 'a primary'}`,
          }),
        ]),
    ...slots(parts.get('slots'), of),
  ]
}

function standby(row: Row | undefined, of: string): readonly Figure[] {
  if (row === undefined)
    return (['replication', 'replicationLag'] as const).map((item) =>
      unknownFigure(item, 'the engine did not say', of),
    )
  const status = textOf(row, 'status')
  const isStreaming = status === 'streaming'
  const lag = numberOf(row, 'seconds')
  return [
    seenFigure('replication', isStreaming ? 0 : 1, {
      of,
      said: isStreaming ? '' : `receiver: ${status || 'none'}`,
    }),
    Number.isNaN(lag)
      ? unknownFigure('replicationLag', 'it has replayed nothing yet', of)
      : seenFigure('replicationLag', Math.max(0, lag), { of }),
  ]
}

function primary(row: Row | undefined, of: string, wanted: WantedEngine | undefined): readonly Figure[] {
  if (row === undefined)
    return (['replication', 'replicationLag'] as const).map((item) =>
      unknownFigure(item, 'the engine did not say', of),
    )
  const standbys = rowsOf(row).filter((one) => textOf(one, 'state') !== 'backup')
  const streaming = standbys.filter((one) => textOf(one, 'state') === 'streaming')
  const isAlone = streaming.length === 0
  const must = wanted?.hasStandby === true && wanted.part === 'primary'
  return [
    ...(must || standbys.length > 0
      ? [seenFigure('replication', isAlone ? 1 : 0, { of, said: isAlone ? 'no standby receives' : '' })]
      : []),
    ...streaming.map((one) => {
      // Nothing to send is no lag; the engine then says null.
      const seconds = one['seconds'] === null ? 0 : numberOf(one, 'seconds')
      const behind = `${(numberOf(one, 'bytes') / mb).toFixed(1)} MB`
      return seenFigure('replicationLag', Math.max(0, seconds), {
        of: `${of} ${textOf(one, 'name')} ${textOf(one, 'address')}`.trim(),
        said: behind,
      })
    }),
  ]
}

function slots(row: Row | undefined, of: string): readonly Figure[] {
  if (row === undefined) return [unknownFigure('slotRetained', 'the engine did not say', of)]
  return rowsOf(row).map((slot) => {
    const name = `${of} ${textOf(slot, 'name')}`
    const status = textOf(slot, 'status')
    if (status === 'lost') return unknownFigure('slotRetained', 'the slot is lost: its log was removed', name)
    const bytes = slot['bytes'] === null ? 0 : numberOf(slot, 'bytes')
    const said = slot['active'] === true ? '' : 'nobody reads it'
    return seenFigure('slotRetained', Math.max(0, bytes) / mb, { of: name, said })
  })
}
