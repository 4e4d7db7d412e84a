import type { ResolvedEstate } from '../estate/resolved.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import { alertmanagerText } from './alertmanager-text.ts'
import { blackboxText } from './blackbox-text.ts'
import { prometheusText } from './prometheus-text.ts'
import { rulesText } from './rules-text.ts'

type FileName = 'prometheus.yml' | 'rules.yml' | 'alertmanager.yml' | 'blackbox.yml'

/** The files of a monitoring host, by name. */
export type MonitoringFiles = Readonly<Record<FileName, string>>

/**
 * All that the monitoring host of an estate works by: what Prometheus asks, its rules, who is told, what is probed. The same
 * estate gives the same bytes, and no secret is in them. `runbooks` is the address of the folder with a page for each alert,
 * without a slash at its end. Problems: alerts would reach nobody, or by a mail server that Alertmanager can not use.
 */
export function monitoringFiles(estate: ResolvedEstate, runbooks: string): Result<MonitoringFiles> {
  const alertmanager = alertmanagerText(estate)
  if (!alertmanager.ok) return alertmanager
  return ok({
    'prometheus.yml': prometheusText(estate),
    'rules.yml': rulesText(estate, runbooks),
    'alertmanager.yml': alertmanager.value,
    'blackbox.yml': blackboxText(estate),
  })
}
