import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import test from 'node:test'

const root = join(import.meta.dirname, '../..')

/** Files and packages that a file loads as soon as it is loaded, with all that those load; types are not loaded. */
function loadedWith(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  const text = readFileSync(join(root, path), 'utf8')
  for (const [, from = ''] of text.matchAll(/^(?:import|export) (?!type )[^']*?from '([^']+)'/gm)) {
    if (from.startsWith('.')) loadedWith(relative(root, resolve(root, dirname(path), from)), seen)
    else seen.add(from)
  }
  return seen
}

test('charts are loaded with a report, and with nothing else', () => {
  const report = loadedWith('playbooks/report/page.ts')
  assert.ok([...report].some((one) => one.startsWith('echarts')))
  for (const path of ['playbooks/commands.ts', 'playbooks/patrol.ts']) {
    const loaded = [...loadedWith(path)]
    assert.deepEqual(
      loaded.filter((one) => one.startsWith('echarts') || one === 'nodemailer'),
      [],
    )
  }
})
