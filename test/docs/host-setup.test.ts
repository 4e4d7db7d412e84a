import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { readmeCommands } from '../cli/readme.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/host-setup.md'), 'utf8')

test('the keys of the guide go beside the estate file that the README works with', () => {
  const estates = readmeCommands('README.md').flatMap(
    ({ line }) => / --estate (\S+)\/estate\.yaml/.exec(line)?.[1] ?? [],
  )
  const [directory] = new Set(estates)
  const scans = readmeCommands('docs/host-setup.md').filter(({ line }) => line.includes('ssh-keyscan'))
  assert.deepEqual(
    scans.map(({ line }) => />+ (\S+)$/.exec(line)?.[1]),
    [`${directory}/known_hosts`, `${directory}/known_hosts`],
  )
})

/** Places under /var/lib/upkeep that a file of the code names: the first word of each path, without the names of things. */
function placesIn(text: string): readonly string[] {
  return [...text.matchAll(/\/var\/lib\/upkeep\/([^\s'"`/]+)/g)].flatMap(([, first = '']) => {
    const place = first.replace(/^\$\w+/, '*').replace(/\$\{.*$/, '')
    return place === '' || place === '*' ? [] : [place]
  })
}

test('every place on hosts that the code names stands in the table of the guide', () => {
  const table = page.split('\n').filter((line) => line.startsWith('| `/var/lib/upkeep'))
  const named = ['playbooks', 'connect'].flatMap((directory) =>
    readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|sh|py)$/.test(file))
      .flatMap((file) => placesIn(readFileSync(join(root, directory, file), 'utf8'))),
  )
  const places = [...new Set(named)]
  assert.ok(places.includes('packages') && places.includes('*.boot'), places.join(' '))
  assert.deepEqual(
    places.filter((place) => !table.some((line) => line.startsWith(`| \`/var/lib/upkeep/${place}`))),
    [],
  )
})
