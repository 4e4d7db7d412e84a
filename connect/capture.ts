/** Collects output up to a number of bytes and counts the rest; memory stays bounded whatever the host sends. */
export type Capture = {
  readonly add: (chunk: Buffer) => void
  readonly text: () => string
  readonly truncated: () => boolean
}

/** A capture of at most `maxBytes`, decoded once at its end as UTF-8 with invalid bytes replaced. */
export function capture(maxBytes: number): Capture {
  const kept: Buffer[] = []
  let keptBytes = 0
  let truncated = false
  return {
    add(chunk) {
      const room = maxBytes - keptBytes
      if (chunk.length > room) truncated = true
      if (room <= 0) return
      // A copy, as a slice would keep the whole network buffer alive.
      const part = chunk.length > room ? Buffer.from(chunk.subarray(0, room)) : chunk
      kept.push(part)
      keptBytes += part.length
    },
    text() {
      // With `stream` an incomplete character at a cut is left out instead of being shown as a replacement.
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(kept), { stream: truncated })
    },
    truncated: () => truncated,
  }
}

/** Passes on what follows the `nth` line that is exactly `mark`; `seen` counts such lines. */
export function afterMark(mark: string, nth: number, sink: (chunk: Buffer) => void, onMark?: () => void) {
  const line = Buffer.from(`${mark}\n`)
  let head: Buffer = Buffer.alloc(0)
  let seen = 0
  function add(chunk: Buffer): void {
    if (seen >= nth) return sink(chunk)
    head = Buffer.concat([head, chunk])
    for (let at = head.indexOf(line); at >= 0 && seen < nth; at = head.indexOf(line)) {
      head = head.subarray(at + line.length)
      seen += 1
      onMark?.()
    }
    if (seen < nth) head = head.subarray(-65536)
    else if (head.length > 0) sink(head)
  }
  return { add, seen: () => seen }
}
