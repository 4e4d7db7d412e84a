import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { scriptText } from '../../playbooks/steps/script.ts'

type Package = { readonly name: string; readonly state: string }

/** apt's mark file as this test has it: a name a line, of packages that nobody wanted by name. */
type Change = {
  readonly packages: readonly Package[]
  /** Those marked as wanted by nobody before the change. */
  readonly auto: readonly string[]
  /** Those that apt marks as wanted by a person while it installs. */
  readonly wanted: readonly string[]
  /** Whether settings, by a link to them, have the marks elsewhere. */
  readonly isElsewhere?: boolean
}

const stubs = {
  dpkg: `case $1 in --print-architecture) echo amd64 ;; esac`,
  'dpkg-query': `case $* in
    *Status*) sed -n "s/^$4 //p" "$ROOT/packages" ;;
    *) sed -n 's/ ii .*//p' "$ROOT/packages" | sed 's/:.*//' ;;
  esac`,
  'apt-config': `echo "marks_file='$ROOT/elsewhere'"`,
  'apt-get': `case $* in
    *--simulate*) for word; do case $word in *.deb) file=\${word##*/}; echo "Inst \${file%%_*} (1.1)" ;; esac; done ;;
    *) cat "$ROOT/wanted" | while read -r name; do sed -i "/^$name$/d" "$MARKS"; done ;;
  esac`,
  'apt-mark': `echo "$*" >>"$ROOT/asked"
  file=$MARKS
  for word; do case $word in Dir::State::extended_states=*) file=\${word#*=} ;; esac; done
  case $* in
    *showauto*) cat "$file" ;;
    *showmanual*) sed 's/:.*//' "$ROOT/packages" | grep -vxF -f "$file" ;;
    *auto*) for word; do :; done; while [ "$1" != auto ]; do shift; done; shift; printf '%s\\n' "$@" >>"$file" ;;
  esac`,
}

/** Runs the whole script on these packages, each to be at 1.1 afterwards; gives the marks, and how often apt-mark was asked. */
function change(context: TestContext, o: Change) {
  const root = mkdtempSync(join(tmpdir(), 'upkeep-marks-'))
  context.after(() => rmSync(root, { recursive: true }))
  const put = (path: string, text: string, mode = 0o644) => {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
    chmodSync(join(root, path), mode)
  }
  for (const [name, text] of Object.entries(stubs)) put(`bin/${name}`, `#!/bin/sh\n${text}\n`, 0o755)
  const marks = o.isElsewhere === true ? 'elsewhere' : 'extended_states'
  for (const name of ['elsewhere', 'extended_states']) put(name, o.auto.map((line) => `${line}\n`).join(''))
  put('packages', o.packages.map(({ name, state }) => `${name}:amd64 ${state}\n`).join(''))
  put('wanted', o.wanted.map((line) => `${line}\n`).join(''))
  mkdirSync(join(root, 'apt.conf.d'))
  mkdirSync(join(root, 'run'))
  put('real.conf', 'Dir::State "/elsewhere";\n')
  if (o.isElsewhere === true) symlinkSync('../real.conf', join(root, 'apt.conf.d/99elsewhere'))
  for (const { name } of o.packages) put(`new/${name}_amd64.deb`, '')
  const script = scriptText('apt-change.sh')
    .replaceAll('/run/', `${root}/run/`)
    .replaceAll('/etc/apt/', `${root}/`)
    .replace('/var/lib/apt/extended_states', `${root}/extended_states`)
    .replace('/var/lib/dpkg/updates', root)
  const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const words = o.packages.flatMap(({ name }) => [`${name}:amd64`, '1.1', nothing])
  const around = `say() { echo "$*"; }\nkeep_etc() { :; }\nsettle_etc() { :; }\n`
  const argv = [
    '-c',
    `${around}${script}`,
    'sh',
    'install',
    join(root, 'new'),
    join(root, 'keep'),
    '1',
    ...words,
  ]
  const env = {
    PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`,
    ROOT: root,
    MARKS: join(root, marks),
  }
  const ran = spawnSync('sh', argv, { encoding: 'utf8', env })
  assert.equal(ran.status, 0, ran.stdout + ran.stderr)
  const asked = join(root, 'asked')
  return {
    marks: readFileSync(join(root, marks), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .toSorted(),
    asked: existsSync(asked) ? readFileSync(asked, 'utf8').split('\n').length - 1 : 0,
  }
}

const here = (name: string): Package => ({ name, state: 'ii  1.0' })

test('marks that apt left as they were are not asked for', (context) => {
  const found = change(context, { packages: [here('web')], auto: ['lib'], wanted: [] })
  assert.deepEqual(found, { marks: ['lib'], asked: 0 })
})

test('what apt marked as wanted by a person is given back', (context) => {
  const found = change(context, { packages: [here('web'), here('lib')], auto: ['lib', 'z'], wanted: ['lib'] })
  assert.deepEqual(found.marks, ['lib', 'z'])
})

for (const state of ['', 'un  -', 'in  -', 'hn  -', 'rc  0.9'])
  test(`a package that the change brings is wanted by nobody (before: "${state}")`, (context) => {
    const packages = [here('web'), { name: 'dependency', state }]
    assert.deepEqual(change(context, { packages, auto: ['lib'], wanted: [] }).marks, ['dependency', 'lib'])
  })

test('marks that settings have elsewhere are given back there', (context) => {
  const o = { packages: [here('lib')], auto: ['lib'], wanted: ['lib'], isElsewhere: true }
  assert.deepEqual(change(context, o).marks, ['lib'])
})
