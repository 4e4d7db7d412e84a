import { ok, type Result } from '../../schemas/problem.ts'
import type { Host } from '../../connect/remote.ts'
import { conffileConflicts, conffiles } from '../facts/conffiles.ts'
import { takeManifest } from '../facts/manifest.ts'
import { type FetchedPackages, fetchPackages } from '../facts/package-files.ts'
import { type PendingUpgrades, pendingUpgrades } from '../facts/pending.ts'
import { predictRestarts, staleUnits } from '../facts/restarts.ts'
import * as steps from '../steps/apt.ts'
import { restartStale } from '../steps/host.ts'
import { removeFiles, sendPackages } from '../steps/package-files.ts'
import type { ConfigFiles, PackageDriver } from './driver.ts'

const states = `
for package; do
  dpkg-query -W -f '\${db:Status-Abbrev} \${Version}\\n' "$package" 2>/dev/null || echo '- -'
done
`

const fresh = `${states}echo holds
apt-mark showhold
`

const patched = `
services=$1
shift
${states}echo audit
dpkg --audit
echo services
for service in $services; do
  printf '%s %s\\n' "$service" "$(systemctl is-active "$service")"
done
`

/** Debian's apt and dpkg. */
export const apt: PackageDriver = {
  facts: {
    pending: pendingUpgrades,
    files: fetchPackages,
    configFiles,
    restarts: predictRestarts,
    stale: (host) => staleUnits(host),
    manifest: (host) => takeManifest(host),
  },
  steps: {
    send: (subject) => sendPackages(subject, 'deb'),
    install: (subject, suffix) => steps.install(subject, `apt.install${suffix}`),
    downgrade: (subject, suffix) => steps.downgrade(subject, `apt.downgrade${suffix}`),
    restartStale: (subject, id) => restartStale(subject, id),
    remove: removeFiles,
  },
  checks: { fresh, patched, audit: 'dpkg --audit' },
}

async function configFiles(
  host: Host,
  pending: PendingUpgrades,
  fetched: FetchedPackages,
): Promise<Result<ConfigFiles>> {
  const names = new Set(pending.changes.map((change) => change.name))
  const files = await conffiles(
    host,
    fetched.packages.flatMap((one) => one.conffiles.map((file) => file.path)),
  )
  if (!files.ok) return files
  const watched = files.value.all.filter((file) => names.has(file.package) && file.currentMd5 !== null)
  return ok({
    conflicts: conffileConflicts(files.value, fetched.packages).map(({ path, package: name }) => ({
      path,
      package: name,
    })),
    watched: Object.fromEntries(watched.map((file) => [file.path, file.currentMd5 ?? ''])),
  })
}
