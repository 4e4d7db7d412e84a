import type { CloudMonitoring } from '../../schemas/cloud-monitoring.ts'
import type { Estate } from '../../schemas/estate.ts'
import type { ResolvedCloudMonitoring } from './resolved.ts'

/** The monitoring host in AWS with nothing left open. */
export function resolvedCloudMonitoring(
  estate: Estate,
  monitoring: CloudMonitoring,
): ResolvedCloudMonitoring {
  const { account, region, zone, image, hosts, runbooks } = monitoring
  return {
    account,
    region,
    zone,
    image,
    instance: monitoring.instance ?? 't4g.small',
    network: networkOf(monitoring),
    hosts,
    open: monitoring.open ?? [],
    diskGb: monitoring.diskGb ?? 30,
    keepDays: monitoring.keepDays ?? 90,
    bucket: monitoringBucket(estate, monitoring),
    runbooks: runbooks.replace(/\/+$/, ''),
  }
}

/** The network that is made for the host. */
export function networkOf({ network }: CloudMonitoring): string {
  return network ?? '10.213.0.0/24'
}

/** Name of the bucket for what the host works by. */
export function monitoringBucket({ name }: Estate, { account, bucket }: CloudMonitoring): string {
  return bucket ?? `${name}-${account}-monitoring`
}
