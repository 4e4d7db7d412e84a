const strings =
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?/g // OSC, DCS, SOS, PM, APC
const csi = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?/g
const escapes = /\u001b[ -/]*[0-~]?/g
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g // all but tab and line feed
// Marks of direction, zero width, soft hyphens, and the tag characters, which no terminal shows at all.
const direction =
  /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu
/** The colours that Upkeep itself writes. */
const ownColours = /(\u001b\[(?:0|1|2|22|3[1-6]|39|90)m)/
const invisible = new RegExp(`[\\u007f-\\u009f]|${direction.source}`, 'gu')

/**
 * Text of a host made harmless for a terminal: escape sequences, control, direction and zero-width characters are
 * removed (tab and line feed stay), and no more than `maxChars` characters are kept, the cut marked by an ellipsis.
 */
export function sanitise(text: string, maxChars = 2000): string {
  const clean = [strings, csi, escapes, controls, direction].reduce(
    (rest, pattern) => rest.replace(pattern, ''),
    text.replaceAll('\r\n', '\n'),
  )
  return clean.length <= maxChars ? clean : `${clean.slice(0, maxChars - 1)}…`
}

/**
 * A copy of a JSON value with each of its texts, and each key, sanitised and at most `maxChars` long; with `oneLine` the
 * lines of a text stand behind one another, so that none of them can pass for a line of Upkeep's own.
 */
export function sanitiseAll<T>(value: T, o: { readonly maxChars: number; readonly oneLine: boolean }): T {
  return cleaned(value, (text) =>
    sanitise(o.oneLine ? text.trim().replace(/\s*\n\s*/g, ' | ') : text, o.maxChars),
  ) as T
}

function cleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map((item) => cleaned(item, clean))
  if (typeof value !== 'object' || value === null) return value
  // fromEntries defines its keys, so a "__proto__" in hostile data stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), cleaned(item, clean)]))
}

/** A line as it may go to a terminal, whoever wrote its words: nothing that a terminal obeys is left but Upkeep's own colours. */
export function forTerminal(line: string): string {
  const parts = line.split(ownColours)
  return parts
    .map((part, index) => (index % 2 === 1 ? part : sanitise(part, Number.POSITIVE_INFINITY)))
    .join('')
}

/** JSON text in which what a terminal obeys, or a reader can not see, is written as `\uXXXX`: the same value, harmless to print. */
export function visibleJson(json: string): string {
  return json.replace(invisible, (found) =>
    Array.from(
      { length: found.length },
      (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}
