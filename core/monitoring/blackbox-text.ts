import type { NamedProbe, ResolvedEstate } from '../estate/resolved.ts'
import { literally } from './quote.ts'
import { probeTargets } from './targets.ts'
import { yamlText } from './yaml-text.ts'

/** Longest wait of any probe: below the time that Prometheus gives the exporter. */
const mostSeconds = 50

/** After so many seconds a probe fails: twice what the estate calls slow, so that slow and dead are told apart. */
export function probeTimeoutSeconds(withinSeconds: number): number {
  return Math.min(Math.max(10, 2 * withinSeconds), mostSeconds)
}

/** Modules of blackbox exporter, one for each probe that the monitoring host can ask, by its name. */
export function blackboxText(estate: ResolvedEstate): string {
  return yamlText({
    modules: Object.fromEntries(probeTargets(estate).map((one) => [one.module, moduleOf(one.probe)])),
  })
}

// Most estates have no way out by IPv6, and waiting for one is no answer.
const protocol = { preferred_ip_protocol: 'ip4', ip_protocol_fallback: true }

function moduleOf(probe: NamedProbe): object {
  const timeout = `${probeTimeoutSeconds(probe.withinMs / 1000)}s`
  if (probe.kind !== 'http') {
    const isTls = probe.kind === 'tryton' && probe.url.startsWith('https:')
    return { prober: 'tcp', timeout, tcp: { ...protocol, ...(isTls ? { tls: true } : {}) } }
  }
  const { expect, hostHeader } = probe
  return {
    prober: 'http',
    timeout,
    http: {
      ...protocol,
      follow_redirects: false,
      valid_status_codes: [expect.status],
      ...(hostHeader === undefined ? {} : { headers: { Host: hostHeader } }),
      ...(expect.contains === undefined
        ? {}
        : { fail_if_body_not_matches_regexp: [literally(expect.contains)] }),
    },
  }
}
