import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { ResolvedCloudMonitoring, ResolvedEstate } from '../core/estate/resolved.ts'
import { askedPorts, mailPort } from '../core/monitoring/asked-ports.ts'
import type { MonitoringFiles } from '../core/monitoring/files.ts'
import { keepingText } from '../core/monitoring/keeping-text.ts'
import { everybodyElse } from '../core/monitoring/people.ts'
import { DeadManSwitch } from './components/dead-man-switch.ts'
import { MonitoringHost } from './components/monitoring-host.ts'
import { MonitoringNetwork, type Way } from './components/monitoring-network.ts'
import { SettingsBucket } from './components/settings-bucket.ts'
import { hostPolicy } from './monitoring-policies.ts'
import { tagsOf } from './tags.ts'
import { userData } from './user-data.ts'

/** Where in its bucket what the host works by lies. */
const prefix = 'settings/'

const everywhere = '0.0.0.0/0'

/** The program `monitoring`: a host that works by `files`, with its network, and an alarm outside it; ids and names of them. */
export function monitoring(
  estate: ResolvedEstate,
  cloud: ResolvedCloudMonitoring,
  files: MonitoringFiles,
): Record<string, pulumi.Output<string>> {
  const { account, region, zone, bucket } = cloud
  // Another account than the estate's is refused by the provider, before it makes anything.
  const provider = new aws.Provider('monitoring', {
    region: region as aws.Region,
    allowedAccountIds: [account],
  })
  const opts = { providers: [provider] }
  const called = `upkeep-${estate.name}-monitoring`
  const tags = { ...tagsOf(estate.name, 'monitoring'), Name: called }
  const namespace = `Upkeep/${estate.name}`
  const password = `/upkeep/${estate.name}/monitoring/smtp-password`
  const hasPassword = estate.mail?.password !== undefined
  const settings = new SettingsBucket(
    'monitoring-settings',
    { bucket, region, prefix, files: { ...files, 'prometheus.env': keepingText(cloud) }, tags },
    opts,
  )
  const network = new MonitoringNetwork(
    'monitoring-network',
    {
      region,
      zone,
      network: cloud.network,
      waysIn: waysIn(cloud),
      waysOut: waysOut(estate, cloud),
      tags,
    },
    opts,
  )
  const of = { region, bucket, prefix, namespace }
  const host = new MonitoringHost(
    'monitoring-host',
    {
      region,
      zone,
      image: cloud.image,
      instance: cloud.instance,
      diskGb: cloud.diskGb,
      subnetId: network.subnetId,
      securityGroupId: network.securityGroupId,
      policy: hostPolicy({ ...of, account, ...(hasPassword ? { password } : {}) }),
      userData: (volume) => userData({ ...of, volume, password }),
      tags,
    },
    opts,
  )
  const alarm = new DeadManSwitch(
    'monitoring-silent',
    { account, name: called, namespace, people: everybodyElse(estate), tags },
    opts,
  )
  return {
    instance: host.instanceId,
    figures: host.volumeId,
    bucket: settings.bucketName,
    vpc: network.vpcId,
    routeTable: network.routeTableId,
    topic: alarm.topicArn,
  }
}

function waysIn({ open }: ResolvedCloudMonitoring): readonly Way[] {
  const ports = { prometheus: 9090, alertmanager: 9093 } as const
  return open.map(({ to, from }) => ({ network: from, port: ports[to], why: `To ${to}, as the estate says` }))
}

/** To AWS and the packages of Debian by TLS, to the mail server, and to the hosts at the ports that are asked. */
function waysOut(estate: ResolvedEstate, { hosts }: ResolvedCloudMonitoring): readonly Way[] {
  return [
    { network: everywhere, port: 443, why: 'To AWS, packages and web pages by TLS' },
    ...(estate.mail === undefined
      ? []
      : [{ network: everywhere, port: mailPort(estate.mail), why: 'To the mail server' }]),
    ...hosts.flatMap((network) =>
      askedPorts(estate)
        // Open to all already.
        .filter((port) => port !== 443)
        .map((port) => ({ network, port, why: 'To hosts of the estate' })),
    ),
  ]
}
