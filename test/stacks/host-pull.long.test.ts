import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import test from 'node:test'
import { keepingText } from '../../core/monitoring/keeping-text.ts'
import { filesOf, monitored, ran } from '../core/monitoring/rendered.ts'
import { hostMachine } from './host-machine.ts'

// The script of the monitoring host, run by sh, with promtool, amtool and blackbox exporter of Debian. AWS and systemctl are
// programs of the test; the store gives and cuts what the test says.

const rendered: Readonly<Record<string, string>> = {
  ...filesOf({ ...monitored, mail: { smtp: 'smtp://mail.example.com', from: 'upkeep@example.com' } }),
  'prometheus.env': keepingText({ keepDays: 90, diskGb: 30 }),
}

const aws = `
case "$1 $2" in
's3api get-object')
  for word; do
    [ "$before" = --key ] && key=$word
    before=$word
    out=$word
  done
  name=\${key#settings/}
  [ ! -e "$MACHINE/objects/$name.lost" ] || { echo 'Connection was closed' >&2; exit 1; }
  if [ -e "$MACHINE/objects/$name.cut" ]; then
    head -c 40 "$MACHINE/objects/$name" >"$out"
  else
    cp "$MACHINE/objects/$name" "$out" || exit 254
  fi
  cat "$MACHINE/objects/$name.sha256"
  ;;
'ssm get-parameter') [ -e "$MACHINE/objects/password" ] && cat "$MACHINE/objects/password" ;;
*) exit 2 ;;
esac
`
const systemctl = '[ ! -e "$MACHINE/broken" ] || { rm "$MACHINE/broken"; exit 1; }\n'

function machine(files = rendered) {
  const host = hostMachine({ aws, systemctl })
  const upload = (some: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(some)) {
      host.write(`objects/${name}`, text)
      host.write(`objects/${name}.sha256`, `${createHash('sha256').update(text).digest('hex')}\n`)
    }
  }
  upload(files)
  return {
    ...host,
    upload,
    forget: (path: string) => rmSync(host.at(path)),
    pull() {
      const { status, stderr, calls } = host.run('pull.sh', {
        UPKEEP_BUCKET: 'acme-watches',
        UPKEEP_PREFIX: 'settings/',
        UPKEEP_PASSWORD: '/upkeep/acme/monitoring/smtp-password',
        UPKEEP_STATE: host.at('state'),
        UPKEEP_ETC: host.at('etc'),
        UPKEEP_METRICS: host.at('metrics'),
      })
      return { status, stderr, units: calls.filter((call) => call.startsWith('systemctl ')) }
    },
    inUse: () => Object.fromEntries(Object.keys(rendered).map((name) => [name, host.read(`etc/${name}`)])),
    sets: () => readdirSync(host.at('state')).filter((name) => name.startsWith('set.')),
    figure(name: string) {
      const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(host.read('metrics/upkeep-settings.prom'))?.[1]
      assert.ok(found !== undefined)
      return Number(found)
    },
  }
}
const isGood = 'upkeep_settings_good'
const lastGood = 'upkeep_settings_last_good_timestamp_seconds'

const started = 'systemctl start prometheus prometheus-alertmanager prometheus-blackbox-exporter'
const othersReloaded = 'systemctl reload-or-restart prometheus-alertmanager prometheus-blackbox-exporter'
const restarted = ['systemctl restart prometheus', othersReloaded]
const reloaded = ['systemctl reload-or-restart prometheus', othersReloaded]

test('what comes first is put to work; what did not change is left alone; a changed limit is reloaded', () => {
  const host = machine()
  const first = host.pull()
  assert.equal(first.status, 0, first.stderr)
  assert.deepEqual(first.units, restarted)
  assert.deepEqual(host.inUse(), rendered)
  assert.equal(host.figure(isGood), 1)
  const metrics = ran('sh', ['-c', `promtool check metrics <'${host.at('metrics/upkeep-settings.prom')}'`])
  assert.equal(metrics.status, 0, metrics.said)

  const second = host.pull()
  assert.deepEqual([second.status, second.units], [0, [started]])
  assert.equal(host.sets().length, 1)

  const changed = { ...rendered, 'rules.yml': (rendered['rules.yml'] ?? '').replace(/> 0\.\d+/, '> 0.42') }
  assert.notEqual(changed['rules.yml'], rendered['rules.yml'])
  host.upload(changed)
  const third = host.pull()
  assert.deepEqual([third.status, third.units], [0, reloaded])
  assert.deepEqual(host.inUse(), changed)
  host.pull()
  assert.equal(host.sets().length, 1, 'what is used no more goes')
})

test('how long figures are kept is read by a restart', () => {
  const host = machine()
  host.pull()
  host.upload({ 'prometheus.env': keepingText({ keepDays: 30, diskGb: 30 }) })
  assert.deepEqual(host.pull().units, restarted)
})

const refused: Readonly<Record<string, string>> = {
  'rules.yml': 'groups: [{ name: a, rules: [{ alert: A, expr: "up ==" }] }]\n',
  'prometheus.yml': 'rule_files: [nowhere.yml]\nscrape_configs: [{ jobname: x }]\n',
  'alertmanager.yml': 'route: { receiver: nobody }\nreceivers: []\n',
  'blackbox.yml': 'modules: { x: { proober: http } }\n',
  'prometheus.env': 'LD_PRELOAD=/tmp/x.so\n',
}
for (const [name, text] of Object.entries(refused))
  test(`a ${name} that is refused keeps the last good settings, says so, and a better one takes their place`, () => {
    const host = machine()
    host.pull()
    const since = host.figure(lastGood)
    assert.ok(since > 1_500_000_000)
    host.upload({ [name]: text })
    const { status, stderr, units } = host.pull()
    assert.equal(status, 1)
    assert.match(stderr, /^upkeep: .*; the last good settings stay$/m)
    assert.deepEqual(units, [])
    assert.deepEqual(host.inUse(), rendered)
    assert.deepEqual([host.figure(isGood), host.figure(lastGood)], [0, since])
    host.upload(rendered)
    assert.deepEqual([host.pull().status, host.figure(isGood)], [0, 1])
  })

for (const how of ['cut', 'lost'] as const)
  for (const name of ['prometheus.yml', 'blackbox.yml', 'prometheus.env'])
    test(`a ${name} that is ${how} on its way changes nothing, though the others came`, () => {
      const host = machine()
      host.pull()
      host.upload({ 'rules.yml': `${rendered['rules.yml']}\n`, [name]: `${rendered[name]}# new\n` })
      host.write(`objects/${name}.${how}`, '')
      const { status, units } = host.pull()
      assert.deepEqual([status, units], [1, []])
      assert.deepEqual(host.inUse(), rendered)
      assert.equal(host.sets().length, 1)
      host.forget(`objects/${name}.${how}`)
      assert.equal(host.pull().status, 0)
      assert.equal(host.read(`etc/${name}`), `${rendered[name]}# new\n`)
    })

test('an object that somebody else wrote, without a digest, is not taken', () => {
  const host = machine()
  host.pull()
  host.upload({ 'rules.yml': 'groups: []\n' })
  host.write('objects/rules.yml.sha256', 'None\n')
  assert.equal(host.pull().status, 1)
  assert.deepEqual(host.inUse(), rendered)
})

test('settings that do not run go back to the last good ones, and are tried again', () => {
  const host = machine()
  host.pull()
  const better = { ...rendered, 'prometheus.env': keepingText({ keepDays: 30, diskGb: 30 }) }
  host.upload(better)
  host.write('broken', '')
  const { status, units } = host.pull()
  assert.deepEqual([status, units], [1, ['systemctl restart prometheus', ...restarted]])
  assert.deepEqual(host.inUse(), rendered)
  assert.equal(host.figure(isGood), 0)
  assert.deepEqual([host.pull().status, host.inUse()], [0, better])
})

test('a service that can not be started is said', () => {
  const host = machine()
  host.pull()
  host.write('broken', '')
  const { status, stderr } = host.pull()
  assert.equal(status, 1)
  assert.match(stderr, /not all runs/)
  assert.equal(host.figure(isGood), 0)
  assert.deepEqual([host.pull().status, host.figure(isGood)], [0, 1])
})

test('the first settings that do not run stay, and are tried again', () => {
  const host = machine()
  host.write('broken', '')
  assert.equal(host.pull().status, 1)
  const { status, units } = host.pull()
  assert.deepEqual([status, units], [0, restarted])
  assert.deepEqual(host.inUse(), rendered)
})

test('a pull that was killed before its settings were loaded is finished by the next', () => {
  const host = machine()
  host.pull()
  host.forget('state/good/loaded')
  assert.deepEqual(host.pull().units, restarted)
  assert.ok(existsSync(host.at('state/good/loaded')))
  assert.match(readlinkSync(host.at('state/good')), /\/set\.\w+$/)
})

test('the password of the mail server is fetched for Alertmanager alone; without it all else is put to work, and that is said', () => {
  const secret = { ...rendered, ...filesOf(monitored) }
  const host = machine(secret)
  const first = host.pull()
  assert.equal(first.status, 1)
  assert.match(first.stderr, /the password of the mail server can not be fetched/)
  assert.deepEqual([host.inUse(), host.figure(isGood)], [secret, 0])
  host.write('objects/password', 'correct-horse\n')
  const { status, stderr } = host.pull()
  assert.equal(status, 0, stderr)
  const { mode, gid } = statSync(host.at('etc/secrets/smtp-password'))
  const group = ran('getent', ['group', 'prometheus']).said.split(':')[2]
  assert.deepEqual([(mode & 0o777).toString(8), gid], ['640', Number(group)])
  assert.equal(host.read('etc/secrets/smtp-password'), 'correct-horse')
  assert.equal(host.figure(isGood), 1)
  host.forget('objects/password')
  assert.equal(host.pull().status, 1)
  assert.equal(host.read('etc/secrets/smtp-password'), 'correct-horse', 'the last one stays')
})
