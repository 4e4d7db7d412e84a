const widest = 100
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
// Control characters and those that turn the writing direction could redraw the reader's terminal.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** What is cut out of an excerpt, because it may be a secret. */
export type Hidden = 'nothing' | 'from-caret' | 'after-caret'

/**
 * The line of `text` around `[start, end)` (offsets) with carets beneath; a long line is trimmed around the caret, wide
 * (for example Chinese) characters count as two columns, passwords in addresses are starred.
 * An empty line gives an empty text.
 */
export function frameAt(text: string, start: number, end: number, hidden: Hidden = 'nothing'): string {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineBreak = text.indexOf('\n', start)
  const lineEnd = lineBreak < 0 ? text.length : lineBreak
  if (text.slice(lineStart, lineEnd).trim() === '') return ''
  const from = start - lineStart > widest * 0.7 ? start - Math.floor(widest / 2) : lineStart
  const marked = text.slice(start, Math.max(start, Math.min(end, lineEnd, from + widest))).trimEnd()
  const before = (from > lineStart ? '…' : '') + printable(text.slice(from, start))
  const rest = text.slice(start + marked.length, Math.min(lineEnd, from + widest)).trimEnd()
  const shown = hidden === 'from-caret' ? '***' : printable(marked)
  const tail = lineEnd > from + widest ? '…' : ''
  const after =
    hidden === 'nothing' ? printable(rest) + tail : hidden === 'after-caret' && rest !== '' ? ': ***' : ''
  const carets = '^'.repeat(Math.max(1, columns(shown)))
  return `${withoutPasswords(before + shown + after)}\n${' '.repeat(columns(before))}${carets}`
}

/** Text that can not change the reader's terminal: tabs become spaces, other control characters a middle dot. */
export function printable(text: string): string {
  return text.replaceAll('\r', '').replaceAll('\t', ' ').replaceAll(unprintable, '·')
}

/** Stars the password of every `scheme://user:password@host`, leaving the length as it is. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(/(:\/\/[^\s/@:]*:)([^\s@]+)@/g, (_, before: string, password: string) => {
    return `${before}${'*'.repeat(password.length)}@`
  })
}

function columns(text: string): number {
  return [...text].reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0)
}
