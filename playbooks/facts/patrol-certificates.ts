import { X509Certificate } from 'node:crypto'
import { type Figure, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { Answer } from './answer.ts'
import { noPart, partEnd } from './patrol-section.ts'

const dayMs = 86_400_000
const mostLines = 600

/** Days that are left on the certificates of files: of each file the one that ends first. */
export function readCertificates(answer: Answer, nowMs: number): readonly Figure[] {
  const part = answer.sections.get('certificates')
  if (part === undefined) return [unknownFigure('certificates', noPart('certificates'))]
  const texts = part.bytes
    .toString('utf8')
    .split('\n', mostLines + 1)
    .filter((line) => line !== '')
  const failed = partEnd('certificates', part.code)
  const figures = new Map<string, Figure>()
  let why = texts.length > mostLines ? 'the host showed more of them than are read' : failed
  for (const text of texts.slice(0, mostLines)) {
    const row = /^(?<path>\/[^\t]{0,1000})\t(?<base64>-|[A-Za-z0-9+/=]{1,20000})$/.exec(text)?.groups
    if (row === undefined) {
      why ??= 'the part "certificates" has a form that is not known'
      continue
    }
    const { path = '', base64 = '' } = row
    const figure = ofOne(path, base64, nowMs)
    const known = figures.get(path)
    if (known === undefined || isWorse(figure, known)) figures.set(path, figure)
  }
  return [...figures.values(), ...(why === null ? [] : [unknownFigure('certificates', why)])]
}

function ofOne(path: string, base64: string, nowMs: number): Figure {
  if (base64 === '-') return unknownFigure('certificates', 'there is no certificate in the file', path)
  try {
    const { subject, validFrom, validTo } = new X509Certificate(Buffer.from(base64, 'base64'))
    return certificateFigure(path, { subject, validFrom, validTo }, nowMs)
  } catch {
    return unknownFigure('certificates', 'what is in the file is no certificate', path)
  }
}

/** Days left on one certificate; 0 for one that is over or has not begun. Dates as OpenSSL writes them. */
export function certificateFigure(
  of: string,
  o: { readonly subject: string; readonly validFrom: string; readonly validTo: string },
  nowMs: number,
): Figure {
  const [from, to] = [o.validFrom, o.validTo].map((text) => Date.parse(text))
  if (from === undefined || to === undefined || !(from < to))
    return unknownFigure('certificates', 'its dates can not be read', of)
  const name = /^CN=(.*)$/m.exec(o.subject)?.[1] ?? o.subject.split('\n')[0] ?? ''
  if (nowMs < from)
    return seenFigure('certificates', 0, {
      of,
      said: `${name} begins only on ${new Date(from).toISOString()}`,
    })
  const ends = new Date(to).toISOString().slice(0, 10)
  const days = Math.max(0, (to - nowMs) / dayMs)
  return seenFigure('certificates', days, {
    of,
    said: `${name}, ${to < nowMs ? 'over since' : 'until'} ${ends}`,
  })
}

function isWorse(one: Figure, other: Figure): boolean {
  if (one.state !== 'seen') return other.state === 'seen'
  return other.state === 'seen' && one.value < other.value
}
