import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a monitoring host is told when it is made; what may change later it fetches. */
export type UserDataArgs = {
  readonly region: string
  readonly bucket: string
  /** With a slash at its end. */
  readonly prefix: string
  /** Id of the volume of figures. */
  readonly volume: string
  /** Of the metric that tells that alerts pass. */
  readonly namespace: string
  /** Name of the parameter with the password of the mail server. */
  readonly password: string
}

/** Most bytes of user data (Amazon EC2, "Run commands when you launch an EC2 instance with user data input"). */
export const mostBytes = 16_384

const scripts = '/usr/local/lib/upkeep'

/** The user data of a monitoring host, for cloud-init: packages, scripts and their timers. No secret is in it. */
export function userData(args: UserDataArgs): string {
  const config = {
    package_update: true,
    packages: [
      'awscli',
      'prometheus',
      'prometheus-alertmanager',
      'prometheus-blackbox-exporter',
      'prometheus-node-exporter',
    ],
    // Written before packages are installed: their services start as is meant here, or not yet.
    write_files: [
      file('/etc/upkeep/host.env', environment(args)),
      ...['mount.sh', 'pull.sh', 'heartbeat.sh'].map((name) => file(`${scripts}/${name}`, textOf(name))),
      ...Object.entries(units).map(([name, lines]) => file(`/etc/systemd/system/${name}`, lines)),
    ],
    runcmd: [
      ['systemctl', 'daemon-reload'],
      // The packages have started them, with settings of their own.
      ['systemctl', 'restart', 'prometheus-node-exporter', 'prometheus-blackbox-exporter'],
      ['systemctl', 'enable', '--now', 'upkeep-settings.timer', 'upkeep-heartbeat.timer'],
    ],
  }
  // JSON is YAML, and no text of ours can break out of it.
  return `#cloud-config\n${JSON.stringify(config, null, 1)}\n`
}

function file(path: string, lines: string | readonly string[]) {
  return { path, content: typeof lines === 'string' ? lines : [...lines, ''].join('\n') }
}

function textOf(name: string): string {
  return readFileSync(join(import.meta.dirname, 'host', name), 'utf8')
}

function environment({
  region,
  bucket,
  prefix,
  volume,
  namespace,
  password,
}: UserDataArgs): readonly string[] {
  return [
    `AWS_DEFAULT_REGION=${region}`,
    `UPKEEP_BUCKET=${bucket}`,
    `UPKEEP_PREFIX=${prefix}`,
    `UPKEEP_NAMESPACE=${namespace}`,
    `UPKEEP_PASSWORD=${password}`,
    // The name that udev gives a volume of EBS: its serial number is its id without the dash.
    `UPKEEP_DEVICE=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace('-', '')}`,
  ]
}

const figures = '/var/lib/prometheus'

/** A unit that runs scripts one after the other; the first that fails ends it, and makes it a failed unit. */
function runs(description: string, ...names: readonly string[]): readonly string[] {
  return [
    '[Unit]',
    `Description=${description}`,
    'Wants=network-online.target',
    'After=network-online.target',
    '[Service]',
    'Type=oneshot',
    'TimeoutStartSec=10min',
    'EnvironmentFile=/etc/upkeep/host.env',
    ...names.map((name) => `ExecStart=/bin/sh ${scripts}/${name}`),
  ]
}

function every(description: string, minutes: number): readonly string[] {
  return [
    '[Unit]',
    `Description=${description}`,
    '[Timer]',
    'OnActiveSec=10s',
    `OnUnitInactiveSec=${minutes}min`,
    '[Install]',
    'WantedBy=timers.target',
  ]
}

/** A drop-in of a service of Debian; with `figures`, it starts only where the volume is: never on the root disk. */
function insteadOf(
  program: string,
  words: readonly string[],
  needs: 'figures' | 'nothing',
): readonly string[] {
  return [
    ...(needs === 'figures' ? ['[Unit]', `ConditionPathIsMountPoint=${figures}`] : []),
    '[Service]',
    'ExecStart=',
    `ExecStart=/usr/bin/${program} ${words.join(' ')}`,
  ]
}

// What listens beyond loopback is let in by the security group alone; Alertmanager has no others to speak to.
const units: Readonly<Record<string, readonly string[]>> = {
  'upkeep-settings.service': runs('Fetch the settings of the monitoring', 'mount.sh', 'pull.sh'),
  'upkeep-settings.timer': every('Look for new settings of the monitoring', 5),
  'upkeep-heartbeat.service': runs('Tell CloudWatch that alerts pass', 'heartbeat.sh'),
  'upkeep-heartbeat.timer': every('Tell CloudWatch that alerts pass', 2),
  'prometheus.service.d/upkeep.conf': [
    ...insteadOf(
      'prometheus',
      [
        '--config.file=/etc/prometheus/prometheus.yml',
        `--storage.tsdb.path=${figures}/metrics2`,
        '--storage.tsdb.retention.time=${KEEP_TIME}',
        '--storage.tsdb.retention.size=${KEEP_SIZE}',
        '--web.listen-address=0.0.0.0:9090',
      ],
      'figures',
    ),
    'EnvironmentFile=-/etc/prometheus/prometheus.env',
  ],
  'prometheus-alertmanager.service.d/upkeep.conf': insteadOf(
    'prometheus-alertmanager',
    [
      '--config.file=/etc/prometheus/alertmanager.yml',
      `--storage.path=${figures}/alertmanager`,
      '--cluster.listen-address=',
      '--web.listen-address=0.0.0.0:9093',
    ],
    'figures',
  ),
  'prometheus-blackbox-exporter.service.d/upkeep.conf': insteadOf(
    'prometheus-blackbox-exporter',
    ['--config.file=/etc/prometheus/blackbox.yml', '--web.listen-address=127.0.0.1:9115'],
    'nothing',
  ),
  'prometheus-node-exporter.service.d/upkeep.conf': insteadOf(
    'prometheus-node-exporter',
    [
      '--web.listen-address=127.0.0.1:9100',
      '--collector.systemd',
      `--collector.textfile.directory=${figures}/node-exporter`,
    ],
    'nothing',
  ),
}
