import { sanitise } from '../../connect/text.ts'

/** A piece of HTML that is whole and safe; made by `html` alone, and by charts. */
export type Html = { readonly html: string }

/** A piece of a page, or a list of them; what is text is written so that it stays text. */
type Piece = string | number | Html | readonly Html[]

const most = 2_000
const written: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** HTML from a template: every value in it is text, unless it is HTML already. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return {
    html: strings.map((text, at) => text + (at < pieces.length ? rendered(pieces[at] ?? '') : '')).join(''),
  }
}

/** Text as it stands in HTML, between tags or in quotes; what nobody can see, or turns text about, is left out. */
export function escaped(text: string): string {
  return sanitise(text, most).replaceAll(/[&<>"']/g, (sign) => written[sign] ?? '')
}

function rendered(piece: Piece): string {
  if (typeof piece === 'number') return String(piece)
  if (typeof piece === 'string') return escaped(piece)
  return 'html' in piece ? piece.html : piece.map((one) => one.html).join('\n')
}
