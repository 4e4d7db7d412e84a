/** A JSON object that a host wrote; what is not there, or of another kind, is NaN, '' or []. */
export type Row = Readonly<Record<string, unknown>>

/** Text of lines of JSON objects, each under its `part`; the rest is left out. */
export function rowsByPart(text: string): ReadonlyMap<string, Row> {
  const found = new Map<string, Row>()
  for (const line of text.split('\n')) {
    const row = parsed(line)
    if (row !== undefined && typeof row['part'] === 'string') found.set(row['part'], row)
  }
  return found
}

/** A number of a row, NaN where it has none. */
export function numberOf(row: Row | undefined, key: string): number {
  const value = row?.[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : NaN
}

/** A text of a row, '' where it has none; what is shown is made harmless later. */
export function textOf(row: Row | undefined, key: string): string {
  const value = row?.[key]
  return typeof value === 'string' ? value : ''
}

/** The rows of a row. */
export function rowsOf(row: Row | undefined): readonly Row[] {
  const value = row?.['rows']
  return Array.isArray(value) ? value.filter(isRow).slice(0, 200) : []
}

function parsed(line: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isRow(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null
}
