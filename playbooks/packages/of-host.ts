import type { PackageDriverName } from '../../core/estate/hosts.ts'
import { apt } from './apt.ts'
import { dnf } from './dnf.ts'
import type { PackageDriver } from './driver.ts'

const drivers: Readonly<Record<PackageDriverName, PackageDriver>> = { apt, dnf }

/** The package manager of a host, by what the estate or the plan names; a plan that names none is of apt. */
export function packagesOf(host: { readonly manager?: PackageDriverName }): PackageDriver {
  return drivers[host.manager ?? 'apt']
}
