import { forTerminal } from '../../connect/text.ts'
import type { Shell } from '../command.ts'

/** Lines at the bottom of a terminal that change in place, and lines above them that stay. */
export type LiveLines = {
  readonly above: (line: string) => void
  readonly draw: () => void
  readonly close: () => void
}

/** Draws `lines` four times a second on a terminal; elsewhere only the lines above are written. */
export function liveLines({ terminal, note }: Shell, lines: () => readonly string[]): LiveLines {
  if (!terminal.live)
    return { above: (line) => wrapped(line, 0).forEach(note), draw: () => {}, close: () => {} }
  let drawn = 0
  const timer = setInterval(draw, 250)
  timer.unref()

  function clear(): string {
    const up = drawn > 0 ? `\u001b[${drawn}A\r\u001b[J` : ''
    drawn = 0
    return up
  }

  function draw(): void {
    const now = lines().map((line) =>
      line.length > terminal.columns - 1 ? `${line.slice(0, terminal.columns - 2)}…` : line,
    )
    const text = `${clear()}${now.map((line) => `${line}\n`).join('')}`
    drawn = now.length
    if (text !== '') terminal.raw(text)
  }

  return {
    above(line) {
      terminal.raw(`${clear()}${wrapped(forTerminal(line), terminal.columns).join('\n')}\n`)
      draw()
    },
    draw,
    close() {
      clearInterval(timer)
      terminal.raw(clear())
    },
  }
}

/** A line cut at words to a width (0: not at all), with the rest set in under its text. */
function wrapped(line: string, width: number): readonly string[] {
  const indent = '         '
  if (width <= 0 || visibleLength(line) <= width) return [line]
  const out: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    if (current !== '' && visibleLength(current) + 1 + visibleLength(word) > width) {
      out.push(current)
      current = `${indent}${word}`
    } else current = current === '' ? word : `${current} ${word}`
  }
  return [...out, current]
}

function visibleLength(text: string): number {
  return text.replace(/\u001b\[[0-9;]*m/g, '').length
}
