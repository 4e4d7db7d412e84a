import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { parse } from 'yaml'
import { mostBytes, userData } from '../../stacks/user-data.ts'

type CloudConfig = {
  readonly packages: readonly string[]
  readonly write_files: readonly { readonly path: string; readonly content: string }[]
  readonly runcmd: readonly (readonly string[])[]
}

const args = {
  region: 'ap-northeast-1',
  bucket: 'acme-123456789012-monitoring',
  prefix: 'settings/',
  volume: 'vol-0123456789abcdef0',
  namespace: 'Upkeep/acme',
  password: '/upkeep/acme/monitoring/smtp-password',
}
const text = userData(args)
const config = parse(text) as CloudConfig
const files = new Map(config.write_files.map(({ path, content }) => [path, content]))

test('it is what cloud-init reads, and installs what the host runs', () => {
  assert.match(text, /^#cloud-config\n/)
  assert.deepEqual(Object.keys(config), ['package_update', 'packages', 'write_files', 'runcmd'])
  assert.deepEqual(config.packages, [
    'awscli',
    'prometheus',
    'prometheus-alertmanager',
    'prometheus-blackbox-exporter',
    'prometheus-node-exporter',
  ])
})

test('it fits with the longest names that an estate can have', () => {
  const long = 'x'.repeat(63)
  const longest = userData({
    ...args,
    bucket: long,
    namespace: `Upkeep/${long}`,
    password: `/upkeep/${long}/monitoring/smtp-password`,
  })
  assert.ok(Buffer.byteLength(longest) < mostBytes, `${Buffer.byteLength(longest)} bytes`)
})

test('no secret is in it, and no key for a log-in', () => {
  assert.doesNotMatch(text, /BEGIN|AKIA|ssh_authorized_keys|ssh-(rsa|ed25519)|chpasswd|password["']?\s*:/i)
})

test('what differs between hosts is in one file of variables', () => {
  assert.equal(
    files.get('/etc/upkeep/host.env'),
    [
      'AWS_DEFAULT_REGION=ap-northeast-1',
      'UPKEEP_BUCKET=acme-123456789012-monitoring',
      'UPKEEP_PREFIX=settings/',
      'UPKEEP_NAMESPACE=Upkeep/acme',
      'UPKEEP_PASSWORD=/upkeep/acme/monitoring/smtp-password',
      'UPKEEP_DEVICE=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0',
      '',
    ].join('\n'),
  )
  assert.deepEqual(
    [...files].filter(([path, content]) => path !== '/etc/upkeep/host.env' && /acme|vol0/.test(content)),
    [],
  )
})

test('scripts are written as they are in the source, and units run scripts that are written', () => {
  for (const name of ['mount.sh', 'pull.sh', 'heartbeat.sh']) {
    const source = readFileSync(join(import.meta.dirname, '../../stacks/host', name), 'utf8')
    assert.equal(files.get(`/usr/local/lib/upkeep/${name}`), source)
  }
  const run = [...files.values()].flatMap((content) =>
    [...content.matchAll(/^ExecStart=\/bin\/sh (\S+)$/gm)].map(([, path]) => path),
  )
  assert.deepEqual(run.sort(), [
    '/usr/local/lib/upkeep/heartbeat.sh',
    '/usr/local/lib/upkeep/mount.sh',
    '/usr/local/lib/upkeep/pull.sh',
  ])
})

test('what needs the volume does not start without it, and what nobody outside may ask listens on loopback', () => {
  const unit = (name: string) => files.get(`/etc/systemd/system/${name}.service.d/upkeep.conf`) ?? ''
  for (const name of ['prometheus', 'prometheus-alertmanager'])
    assert.match(unit(name), /^\[Unit\]\nConditionPathIsMountPoint=\/var\/lib\/prometheus\n\[Service\]\n/)
  for (const name of ['prometheus-blackbox-exporter', 'prometheus-node-exporter'])
    assert.match(unit(name), /--web\.listen-address=127\.0\.0\.1:\d+/)
})

test('timers are enabled, and each has its service', () => {
  const enabled = config.runcmd.at(-1)?.slice(3) ?? []
  assert.deepEqual(enabled, ['upkeep-settings.timer', 'upkeep-heartbeat.timer'])
  for (const timer of enabled)
    for (const unit of [timer, timer.replace('.timer', '.service')])
      assert.ok(files.has(`/etc/systemd/system/${unit}`), unit)
})
