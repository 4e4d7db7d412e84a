import assert from 'node:assert/strict'

/** A sample of a metrics file. */
export type Sample = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * Reads the text format of Prometheus (version 0.0.4) as its parser does, and as strictly as promtool: each family stands
 * together behind one HELP and one TYPE, names and labels are as they may be, no sample stands twice, and the last line ends.
 */
export function exposition(text: string): readonly Sample[] {
  assert.ok(text.endsWith('\n'), 'the last line ends')
  const families = new Set<string>()
  const seen = new Set<string>()
  let family = ''
  const samples: Sample[] = []
  const lines = text.slice(0, -1).split('\n')
  for (const [at, line] of lines.entries()) {
    const help = /^# HELP ([a-z][a-z0-9_]*) (?:[^\\]|\\[\\n])+$/.exec(line)?.[1]
    if (help !== undefined) {
      assert.ok(!families.has(help), `${help} stands twice`)
      families.add(help)
      family = help
      assert.equal(lines[at + 1], `# TYPE ${help} gauge`)
      continue
    }
    if (line.startsWith('# TYPE ')) continue
    const found = /^([a-z][a-z0-9_]*)\{(.*)\} (-?[0-9.]+(?:e[+-]?[0-9]+)?)$/.exec(line)
    assert.ok(found !== null, `line ${at + 1}: ${line}`)
    const [, name = '', inside = '', value = ''] = found
    assert.equal(name, family, 'a family stands together')
    const pattern = /([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/gy
    const pairs = [...inside.matchAll(pattern)]
    assert.equal(pairs.map(([whole]) => whole).join(''), inside, `labels of line ${at + 1}`)
    const labels = Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, unescaped(text)]))
    assert.equal(Object.keys(labels).length, pairs.length, 'a label stands once')
    const key = `${name} ${JSON.stringify(labels)}`
    assert.ok(!seen.has(key), `${key} stands twice`)
    seen.add(key)
    samples.push({ name, labels, value: Number(value) })
  }
  return samples
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))
}
