import { ok, type Result } from '../../schemas/problem.ts'
import type { Host } from '../../connect/remote.ts'
import { quoteAll } from '../../connect/quote.ts'
import { conffileConflicts, conffiles } from '../facts/conffiles.ts'
import { takeManifest } from '../facts/manifest.ts'
import { type FetchedPackages, fetchPackages } from '../facts/package-files.ts'
import { patchedState } from '../facts/patched.ts'
import { type PendingUpgrades, pendingUpgrades } from '../facts/pending.ts'
import { interrupted } from '../facts/pending-problems.ts'
import { predictRestarts, staleUnits } from '../facts/restarts.ts'
import * as steps from '../steps/apt.ts'
import { restartStale } from '../steps/host.ts'
import { removeFiles, sendPackages } from '../steps/package-files.ts'
import type { ConfigFiles, PackageDriver } from './driver.ts'

const fresh = `
for package; do
  dpkg-query -W -f '\${db:Status-Abbrev} \${Version}\\n' "$package" 2>/dev/null || echo '- -'
done
echo unfinished
for file in /var/lib/dpkg/updates/[0-9]*; do [ ! -e "$file" ] || printf 'updates %s\\n' "\${file##*/}"; done
dpkg-query -W -f '\${db:Status-Abbrev} \${binary:Package}\\n' | grep -v '^.[nci] '
echo holds
apt-mark showhold
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
    patched: (host, o) => patchedState(host, o),
  },
  steps: {
    send: (subject) => sendPackages(subject, 'deb'),
    install: (subject, suffix) => steps.install(subject, `apt.install${suffix}`),
    downgrade: (subject, suffix) => steps.downgrade(subject, `apt.downgrade${suffix}`),
    restartStale: (subject, id) => restartStale(subject, id),
    remove: removeFiles,
  },
  checks: { fresh, interrupted, audit: 'dpkg --audit' },
  byHand: {
    look: (names) => `dpkg --audit; dpkg -l ${quoteAll(names)}`,
    file: (name, architecture) => `${name}_${architecture}.deb`,
    back: (files, added) => [
      // One that was ended at its work keeps apt from beginning.
      'dpkg --get-selections | dpkg --set-selections',
      ...(files.length === 0 ? [] : [`apt-get install --allow-downgrades ${quoteAll(files)}`]),
      ...(added.length === 0 ? [] : [`apt-get purge ${quoteAll(added)}`]),
    ],
    scripts: () => 'look at it in /var/lib/dpkg/info before you take it away',
  },
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
