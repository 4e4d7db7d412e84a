/** Values one after the other, each for some minutes; a value is of the unit of the expression. */
export type Timeline = readonly (readonly [value: number, minutes: number])[]

/** Samples of a series, one a minute, in the notation of promtool. */
type Samples = (timeline: Timeline) => string

/** A gauge that is `of` the value, `slope` more each minute. */
export function gauge(of: (value: number) => number = (value) => value, slope = 0): Samples {
  return (timeline) => {
    let minute = 0
    return timeline
      .map(([value, minutes]) => {
        const from = of(value) + slope * minute
        minute += minutes
        return run(from, slope, minutes)
      })
      .join(' ')
  }
}

/** A counter that rises by `of` the value a minute. */
export function counter(of: (value: number) => number): Samples {
  return (timeline) => {
    let count = 0
    return timeline
      .map(([value, minutes]) => {
        const by = of(value)
        const text = run(count, by, minutes)
        count += by * minutes
        return text
      })
      .join(' ')
  }
}

function run(from: number, by: number, samples: number): string {
  return `${plain(from)}${by < 0 ? '-' : '+'}${plain(Math.abs(by))}x${samples - 1}`
}

function plain(value: number): string {
  return String(Number(value.toPrecision(12)))
}
