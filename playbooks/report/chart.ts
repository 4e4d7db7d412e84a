import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { sanitiseAll } from '../../connect/text.ts'
import { escaped, type Html } from './html.ts'
import { fonts } from './style.ts'

use([BarChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, SVGRenderer])

/** A chart: its size in CSS pixels, what it says to those who do not see it, and what it is for ECharts. */
export type Chart = {
  /** Unique in the page: letters, digits and hyphens. */
  readonly id: string
  readonly width: number
  readonly height: number
  readonly title: string
  readonly desc: string
  readonly option: EChartsCoreOption
}

/** A chart as SVG in HTML: only shapes and text, and the same bytes for the same chart. */
export function svgOf({ id, width, height, title, desc, option }: Chart): Html {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: fonts.replaceAll("'", ''), color: '#16202c' },
      ...sanitiseAll(option, { maxChars: 300, oneLine: true }),
    })
    const head = `<svg role="img" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${width} ${height}"><title id="${id}-t">${escaped(title)}</title><desc id="${id}-d">${escaped(desc)}</desc>`
    return { html: head + shapes(chart.renderToSVGString(), id) }
  } finally {
    chart.dispose()
  }
}

// What ECharts adds for a pointer, fonts (those of the page are the same) and numbers that count the charts of the process, are not part of a picture.
function shapes(svg: string, id: string): string {
  const names = new Map<string, string>()
  return (
    svg
      .replace(/^<svg [^>]*>/, '')
      .replaceAll(/<style\b[^>]*>[^]*?<\/style>\n?/g, '')
      .replaceAll(/font-family:[^;"]*;/g, '')
      .replaceAll(/ (?:class|ecmeta_[a-z_]+|pointer-events)="[^"]*"/g, '')
      // In attributes only: a host may have such a name, and is shown by it.
      .replaceAll(/(="[^"]*?)(zr\d+-[a-z]+-?\d+)/g, (_, before: string, name: string) => {
        const known = names.get(name) ?? `${id}-${names.size}`
        names.set(name, known)
        return `${before}${known}`
      })
  )
}
