import assert from 'node:assert/strict'
import { join } from 'node:path'
import { local } from '../../connect/local.ts'
import { labPaths } from '../../lab/layout.ts'
import { quote } from '../../connect/quote.ts'
import { onHost } from './oa.ts'
import { labDir, type Ran } from './upkeep.ts'
import { labExec } from '../../lab/exec.ts'

const root = join(import.meta.dirname, '../..')

/** Where a host of the lab that is a controller has Upkeep and its estate: paths with what systemd gives a meaning to. */
export const program = '/srv/up keep 100%/upkeep'
export const place = '/srv/acme %h $HOME "quoted"'
/** Where its estate file lies. */
export const estateFile = `${place}/estate.yaml`

// What no verb that works on hosts loads, and is large.
const leftOut = [
  '@pulumi',
  '@opentelemetry',
  '@grpc',
  '@npmcli',
  '@typescript-eslint',
  'typescript',
  'prettier',
  'node/node_modules',
  '.cache',
]

/** Puts the tree with its Node on a host, the lab's keys, and a directory for an estate: nothing of it is installed there. */
export async function makeController(host: string): Promise<void> {
  const paths = labPaths(labDir)
  const to = join(paths.hosts, host)
  const exclude = leftOut.map((name) => `--exclude=node_modules/${name}`)
  const parts = ['connect', 'core', 'lab', 'playbooks', 'schemas', 'package.json', 'node_modules']
  const script =
    'from=$1 to=$2; shift 2; mkdir -p "$to" && tar -C "$from" -c "$@" | tar -C "$to" -x --no-same-owner'
  const copied = await local(['sh', '-c', script, 'sh', root, join(to, program), ...exclude, ...parts], {
    timeoutMs: 180_000,
  })
  assert.equal(copied.code, 0, copied.stderr)
  const files =
    'mkdir -p "$3/keys" && cp "$1" "$3/keys/upkeep" && chmod 600 "$3/keys/upkeep" && cp "$2" "$3/known_hosts"'
  const key = join(paths.keys, 'upkeep')
  const given = await local(['sh', '-c', files, 'sh', key, paths.knownHosts, join(to, place)])
  assert.equal(given.code, 0, given.stderr)
  await onHost(host, `chmod 755 /srv ${quote(place)}; ${words(['--version'])}`)
}

/** Runs `upkeep` there, as root or as another user, on its estate. */
export function upkeepOn(host: string, verb: readonly string[], user = 'root'): Promise<Ran> {
  const as = user === 'root' ? '' : `runuser -u ${user} -- `
  const script = `cd / && ${as}${words([...verb, '--estate', estateFile])}`
  return labExec(host, script, { dir: labDir, timeoutMs: 180_000 })
}

function words(verb: readonly string[]): string {
  const node = `${program}/node_modules/node/bin/node`
  return [node, '--disable-warning=DEP0190', `${program}/playbooks/upkeep.js`, ...verb].map(quote).join(' ')
}
