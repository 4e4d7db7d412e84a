import type { ResolvedEstate } from '../estate/resolved.ts'
import { databaseTargets, nodeTargets, ownName, probeTargets, type Target } from './targets.ts'
import { yamlText } from './yaml-text.ts'

/** Where the parts of the monitoring host listen: on loopback, at the ports of Debian. */
const parts = {
  prometheus: '127.0.0.1:9090',
  alertmanager: '127.0.0.1:9093',
  blackbox: '127.0.0.1:9115',
  node: '127.0.0.1:9100',
} as const

const own = { system: ownName, tier: 'core', ring: 'production', host: ownName }

/** What Prometheus asks and how often; rules stand in `rules.yml` beside it. */
export function prometheusText(estate: ResolvedEstate): string {
  const databases = databaseTargets(estate)
  const probes = probeTargets(estate)
  return yamlText({
    // A rate over 5 minutes has ten values, so one that is lost changes nothing.
    global: { scrape_interval: '30s', evaluation_interval: '30s', external_labels: { estate: estate.name } },
    rule_files: ['rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [parts.alertmanager] }] }] },
    scrape_configs: [
      {
        job_name: 'monitoring',
        static_configs: (['prometheus', 'alertmanager', 'blackbox'] as const).map((part) =>
          written({ address: parts[part], labels: { ...own, part } }),
        ),
      },
      {
        job_name: 'node',
        static_configs: [{ address: parts.node, labels: own }, ...nodeTargets(estate)].map(written),
      },
      ...(databases.length === 0 ? [] : [{ job_name: 'postgresql', static_configs: databases.map(written) }]),
      ...(probes.length === 0
        ? []
        : [
            {
              job_name: 'probe',
              metrics_path: '/probe',
              scrape_interval: '1m',
              scrape_timeout: '55s',
              static_configs: probes.map(({ address, labels, module }) =>
                written({ address, labels: { ...labels, __param_module: module } }),
              ),
              relabel_configs: [
                { source_labels: ['__address__'], target_label: '__param_target' },
                { source_labels: ['__address__'], target_label: 'instance' },
                { target_label: '__address__', replacement: parts.blackbox },
              ],
            },
          ]),
    ],
  })
}

function written({ address, labels }: Target): object {
  return { targets: [address], labels }
}
