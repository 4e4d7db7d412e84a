const strings =
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?/g // OSC, DCS, SOS, PM, APC
const csi = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?/g
const escapes = /\u001b[ -/]*[0-~]?/g
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g // all but tab and line feed
const direction = /[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

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
