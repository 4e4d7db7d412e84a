import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scriptText } from '../../playbooks/steps/script.ts'

type Tree = {
  readonly put: (path: string, text: string) => void
  readonly read: (path: string) => string | null
  /** Where it is on this machine. */
  readonly path: (path: string) => string
  /** Keeps /etc, lets this happen as the change of packages, and settles; gives what was said. `instead`: shell in the place of parts. */
  readonly change: (mode: 'install' | 'downgrade', during: () => void, instead?: string) => string
}

/** In the place of systemd's: the units of file `units` (lines `name state`) are loaded, `start` makes one active. */
const systemctl = `systemctl() {
  case $1 in
    list-units) grep -E ' (running|active)' "$units" | cut -d ' ' -f 1 ;;
    show) case $* in *InvocationID*) sed -n 's/^\\([^ ]*\\) active\\(.*\\)/Id=\\1\\nTriggeredBy=\\2\\nInvocationID=\\2\\n/p' "$units" ;; *LoadState*) printf 'loaded\\n%s\\n' "$(sed -n "s/^\${7-} //p" "$units")" ;; esac ;;
    start) sed -i "s/^$2 .*/$2 active/" "$units" ;;
  esac
}`

/** A root of its own: the script's only way to /etc is through `/`. */
function tree(context: TestContext): Tree {
  const root = mkdtempSync(join(tmpdir(), 'upkeep-etc-'))
  context.after(() => rmSync(root, { recursive: true }))
  const file = (path: string) => join(root, 'etc', path)
  const script = scriptText('../steps/etc-keep.sh')
    .replaceAll('cd / ', `cd ${root} `)
    .replaceAll('tar -C / ', `tar -C ${root} `)
  function part(mode: string, what: 'keep_etc' | 'settle_etc', instead = ''): string {
    const scratch = join(root, 'scratch')
    mkdirSync(scratch, { recursive: true })
    const set = `set -u; mode=${mode} keep=${join(root, 'keep')} scratch=${scratch} units=${join(root, 'units')}`
    return execFileSync('sh', ['-c', `${set}\n${systemctl}\n${script}\n${instead}\n${what}`], {
      encoding: 'utf8',
    })
  }
  return {
    put(path, text) {
      mkdirSync(dirname(file(path)), { recursive: true })
      writeFileSync(file(path), text)
    },
    path: file,
    read: (path) => (existsSync(file(path)) ? readFileSync(file(path), 'utf8') : null),
    change(mode, during, instead) {
      part(mode, 'keep_etc')
      during()
      return part(mode, 'settle_etc', instead)
    },
  }
}

test('a way back leaves the files that an admin changed since, when the patch had changed none', (context) => {
  const etc = tree(context)
  etc.put('shadow', 'old password')
  etc.put('nginx/site.conf', 'old site')
  etc.change('install', () => {})
  etc.put('shadow', 'new password')
  etc.put('nginx/site.conf', 'new site')
  const said = etc.change('downgrade', () => {})
  assert.equal(etc.read('shadow'), 'new password')
  assert.equal(etc.read('nginx/site.conf'), 'new site')
  assert.match(said, /^put back 0 paths/)
  assert.match(said, /etc\/shadow/)
})

test('what the patch changed, added and removed is put back; what an admin changed as well stays', (context) => {
  const etc = tree(context)
  for (const name of ['changed', 'gone', 'both']) etc.put(name, 'before')
  etc.change('install', () => {
    etc.put('changed', 'patched')
    etc.put('both', 'patched')
    etc.put('new/file', 'patched')
  })
  etc.put('both', 'mine')
  const said = etc.change('downgrade', () => {
    etc.put('gone', 'lost with the package')
  })
  assert.equal(etc.read('changed'), 'before')
  assert.equal(etc.read('gone'), 'before')
  assert.equal(etc.read('new/file'), null)
  assert.equal(etc.read('both'), 'mine')
  assert.match(said, /somebody else changed since:\netc\/both/)
})

test('a change that was cut off before it recorded its work: all goes back, and is kept aside as it was', (context) => {
  const etc = tree(context)
  etc.put('conf', 'before')
  etc.put('whole', 'before')
  etc.change('install', () => {})
  rmSync(etc.path('../keep/after'))
  etc.put('conf', 'mine or the patch')
  etc.put('new', 'mine or the patch')
  const said = etc.change('downgrade', () => {})
  assert.deepEqual([etc.read('conf'), etc.read('new')], ['before', null])
  assert.match(
    said,
    /cut off before it recorded what it had made of \/etc.*:\netc\/conf\netc\/new\n.*replaced\.tar/,
  )
  const kept = execFileSync('tar', ['-xOf', etc.path('../keep/replaced.tar'), 'etc/new', 'etc/conf'])
  assert.equal(kept.toString(), 'mine or the patch'.repeat(2))
  assert.doesNotMatch(said, /etc\/whole/)
})

test('what a change made of /etc is recorded whole or not at all', (context) => {
  const etc = tree(context)
  etc.put('conf', 'before')
  const cutOff = `state() { printf 'etc/co'; kill -9 $$; }`
  assert.throws(() => etc.change('install', () => etc.put('conf', 'of the patch'), cutOff))
  etc.change('downgrade', () => {})
  assert.equal(etc.read('conf'), 'before', 'half a record would give the rest to somebody else')
})

test('names and targets of links with blanks, slashes, newlines and what is no text are taken whole', (context) => {
  const etc = tree(context)
  const names = ['a2  etc/victim', 'tab\tand\nnewline', 'a  link:b//c/d', '-n']
  etc.put('victim', 'before')
  for (const name of names) etc.put(`old/${name}`, 'before')
  symlinkSync('x//y  etc/victim', etc.path('link'))
  etc.change('install', () => {
    for (const name of names) for (const place of ['old', 'new']) etc.put(`${place}/${name}`, 'patched')
    rmSync(etc.path('link'))
    symlinkSync('z//y  etc/victim', etc.path('link'))
    execFileSync('sh', ['-c', `echo patched >"$(printf 'not\\377text')"`], { cwd: etc.path('.') })
  })
  etc.put('victim', 'mine')
  etc.change('downgrade', () => {})
  assert.equal(etc.read('victim'), 'mine')
  for (const name of names)
    assert.deepEqual([etc.read(`old/${name}`), etc.read(`new/${name}`)], ['before', null], name)
  assert.equal(readlinkSync(etc.path('link')), 'x//y  etc/victim')
  assert.deepEqual(readdirSync(etc.path('.')).sort(), ['link', 'old', 'victim'])
})

test('the history that is kept of /etc is not touched', (context) => {
  const etc = tree(context)
  etc.put('conf', 'before')
  etc.put('.git/objects/1', 'one')
  etc.change('install', () => {
    etc.put('conf', 'patched')
    etc.put('.git/objects/2', 'two')
    etc.put('.git/refs', '2')
  })
  etc.change('downgrade', () => {})
  assert.deepEqual(
    [etc.read('conf'), etc.read('.git/objects/2'), etc.read('.git/refs'), etc.read('.git/objects/1')],
    ['before', 'two', '2', 'one'],
  )
})

test("what ran before is started on the way back; what did not run, runs, or is a timer's, is left", (context) => {
  const etc = tree(context)
  etc.put('conf', 'before')
  etc.put(
    '../units',
    `mail.service active mail.timer\nweb.service active\nold.service inactive\nup.service active\n`,
  )
  etc.change('install', () => {})
  etc.put(
    '../units',
    `mail.service inactive mail.timer\nweb.service failed\nold.service inactive\nup.service active\n`,
  )
  const said = etc.change('downgrade', () => {})
  assert.equal(
    etc.read('../units'),
    `mail.service inactive mail.timer\nweb.service active\nold.service inactive\nup.service active\n`,
  )
  assert.deepEqual(said.match(/^started .*$/gm), ['started web.service, which ran before'])
})

test('services that have read what the patch made of /etc are named for a restart, and only those', (context) => {
  const etc = tree(context)
  etc.put('conf', 'before')
  etc.put('../units', 'web.service active 1\nquiet.service active 2\n')
  etc.change('install', () => {
    etc.put('conf', 'patched')
    etc.put('../units', 'web.service active 3\nquiet.service active 2\n')
  })
  etc.change('downgrade', () => {})
  assert.equal(etc.read('../keep/restart'), 'web.service\n')
})

test('no service is named for a restart where nothing of /etc had to be put back', (context) => {
  const etc = tree(context)
  etc.put('conf', 'before')
  etc.put('../units', 'web.service active 1\n')
  etc.change('install', () => etc.put('../units', 'web.service active 3\n'))
  etc.change('downgrade', () => {})
  assert.equal(etc.read('../keep/restart'), null)
})
